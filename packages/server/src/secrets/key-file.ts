import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessKey } from './access-key.ts';

/** Everything secret that is kept: `<stateDir>/keys.json`, readable by its owner only. */
export interface KeyFileContent {
  readonly version: 1;
  readonly keys: readonly AccessKey[];
  /** Seals session tokens. Base64 of 32 bytes. */
  readonly sealingKey: string;
}

/** Thrown when the file is not what Rung wrote. */
export class KeyFileDamaged extends Error {
  override readonly name = 'KeyFileDamaged';

  constructor(path: string, reason: string) {
    super(
      `The access keys in ${path} cannot be read: ${reason}. Restore the file from a copy, or move it away and start again: new keys are made, and clients must be given them with \`rung env\`.`,
    );
  }
}

export interface KeyFile {
  readonly path: string;
  /** `undefined` when there is none. */
  read(): KeyFileContent | undefined;
  /** Changes whenever the file is written; empty when there is none. */
  stamp(): string;
  /** Reads, changes and writes with no other writer between, in this process or another. */
  update(change: (content: KeyFileContent | undefined) => KeyFileContent): Promise<KeyFileContent>;
}

export function keyFile(stateDir: string): KeyFile {
  const path = join(stateDir, 'keys.json');
  const read = (): KeyFileContent | undefined => parse(path, readIfPresent(path));
  return {
    path,
    read,
    stamp: () => stampOf(path),
    async update(change) {
      const unlock = await lock(`${path}.lock`);
      try {
        const content = change(read());
        write(path, content);
        return content;
      } finally {
        unlock();
      }
    },
  };
}

function parse(path: string, text: string | undefined): KeyFileContent | undefined {
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message would quote the text around the fault, and that text is secret.
    throw new KeyFileDamaged(path, 'it is no JSON');
  }
  const { version, keys, sealingKey } = fields(json);
  if (version !== 1) throw new KeyFileDamaged(path, 'its version is not 1');
  if (typeof sealingKey !== 'string' || sealingKey.length !== 44)
    throw new KeyFileDamaged(path, 'it has no sealing key');
  if (!Array.isArray(keys) || !keys.every(isAccessKey)) throw new KeyFileDamaged(path, 'a key lacks a part');
  return { version, keys, sealingKey };
}

function isAccessKey(json: unknown): json is AccessKey {
  const { accessKeyId, secretAccessKey, name, description, createdAt } = fields(json);
  return [accessKeyId, secretAccessKey, name, description, createdAt].every((part) => typeof part === 'string');
}

function fields(json: unknown): Record<string, unknown> {
  // Any object may be read by key; an absent member reads as undefined.
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function stampOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}.${stat.mtimeNs}.${stat.size}`;
}

/** A reader sees the old file or the new one, also after a power cut. */
function write(path: string, content: KeyFileContent): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, `${JSON.stringify(content, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

const LOCK_STALE_MS = 10_000;

/** The lock is held for a millisecond, so one that is ten seconds old belongs to a process that died. */
async function lock(path: string): Promise<() => void> {
  for (;;) {
    try {
      closeSync(openSync(path, 'wx', 0o600));
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    const held = statSync(path, { throwIfNoEntry: false });
    if (held !== undefined && Date.now() - held.mtimeMs > LOCK_STALE_MS) rmSync(path, { force: true });
    else await sleep(5);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
