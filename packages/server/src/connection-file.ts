/**
 * `<stateDir>/connection.json`: where the platform is and with which key, for programs of the same user on the same machine: the SDK, the command
 * line, and the workers. It stays when the platform stops, because workers that wait for the next one find it there.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from '@rung/worker';

export interface ConnectionFile {
  readonly path: string;
  /** Ends the watch over the key. */
  close(): void;
}

/** Between two looks at whether the key still holds, in milliseconds: keys are removed rarely, and by other processes. */
const lookEveryMs = 2000;

export function keepConnectionFile(stateDir: string, connection: () => Connection): ConnectionFile {
  const path = join(stateDir, 'connection.json');
  const refresh = (): void => {
    const text = JSON.stringify(connection());
    if (text !== readText(path)) writeWhole(path, text);
  };
  refresh();
  const timer = setInterval(refresh, lookEveryMs).unref();
  return { path, close: () => clearInterval(timer) };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // The first start on this folder.
  }
}

/** Readers see the old content or the new one; only the owner can read it. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
