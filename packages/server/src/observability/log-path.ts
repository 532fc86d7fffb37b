/**
 * File names for log groups and streams. Any name that AWS allows (512 characters, slashes, dots) becomes a path that stays inside its
 * folder and can be turned back. Long names run over several folders, as file systems take 255 bytes a segment.
 */
import { join } from 'node:path';

/** Where `name` lives below `folder`; `suffix` ends the last segment. */
export function namePath(folder: string, name: string, suffix = ''): string {
  const encoded = encodeName(name);
  const segments: string[] = [];
  for (let start = 0; start < encoded.length; start += SEGMENT) segments.push(encoded.slice(start, start + SEGMENT));
  const last = segments.pop() ?? '';
  return join(folder, ...segments.map((segment) => segment + CONTINUED), last + suffix);
}

/** Marks a folder that holds the rest of a longer name; no encoded name contains it. */
export const CONTINUED = '+';

/** The name that was encoded, or undefined when this is no encoded name: a file that somebody else put there. */
export function decodeName(encoded: string): string | undefined {
  if (!/^(?:[\w.-]|%[0-9A-F]{2})+$/.test(encoded)) return undefined;
  const name = Buffer.from(
    encoded.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  const text = name.toString('utf8');
  return encodeName(text) === encoded ? text : undefined;
}

const SEGMENT = 200;

function encodeName(name: string): string {
  const ascii = Buffer.from(name, 'utf8').toString('latin1');
  return ascii.replace(
    /^\.|[^\w.-]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
