/** The state of a training under way, in the folder that the platform keeps for the job: `/opt/ml/checkpoints`. */
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFiles } from '../algorithm.ts';
import type { Collective } from '../collective/collective.ts';
import { ClientError } from '../errors.ts';
import { readLarge, writeParts } from './large-files.ts';

export interface Checkpoints {
  /** The folder, if the job keeps checkpoints: for what has a name and a form of its own. What is written there must appear by renaming. */
  readonly folder: string | undefined;
  /**
   * What was saved last, by this job or by one before it with the same folder; the same on all hosts, whoever saved it. `undefined` when there is
   * nothing, or the job keeps no checkpoints. Thrown when it was saved with other hyperparameters (those in `free` may differ): ClientError.
   */
  load(free?: readonly string[]): Promise<ModelFiles | undefined>;
  /** Replaces what was saved before; whole or not at all. Every host calls it with the same state; the first one writes. Does nothing where the job keeps no checkpoints. */
  save(files: ModelFiles): Promise<void>;
}

export interface CheckpointOptions {
  readonly folder: string;
  readonly algorithm: string;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly collective: Collective;
}

interface Header {
  readonly algorithm: string;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** Of the files' bytes. */
  readonly sha256: string;
}

const NAME = 'checkpoint';
const LENGTH_BYTES = 4;

/** One file: the length of a JSON header, the header, the bytes of the files. */
export async function openCheckpoints({
  folder,
  algorithm,
  hyperparameters,
  collective,
}: CheckpointOptions): Promise<Checkpoints> {
  const path = join(folder, NAME);
  const kept = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return {
    folder: kept ? folder : undefined,
    async load(free = []) {
      const own = collective.rank === 0 && kept ? await readLarge(path).catch(nothingWhereAbsent) : new Uint8Array();
      const bytes = await collective.broadcast(own);
      if (bytes.length === 0) return undefined;
      const { header, files } = unpack(bytes, path);
      checkSame(header, { algorithm, hyperparameters }, free, path);
      return files;
    },
    async save(files) {
      if (!kept || collective.rank > 0) return;
      const draft = join(folder, `.${NAME}-${crypto.randomUUID()}`);
      await writeParts(draft, pack(files, { algorithm, hyperparameters }), { isDurable: true });
      await rename(draft, path);
    },
  };
}

function nothingWhereAbsent(error: unknown): Uint8Array {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Uint8Array();
  throw error;
}

function pack(files: ModelFiles, of: Pick<Header, 'algorithm' | 'hyperparameters'>): Uint8Array[] {
  const header: Header = {
    ...of,
    files: [...files].map(([path, { length }]) => ({ path, size: length })),
    sha256: digest([...files.values()]),
  };
  const head = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(head.length);
  return [length, head, ...files.values()];
}

function unpack(bytes: Uint8Array, path: string): { header: Header; files: Map<string, Uint8Array> } {
  const damaged = (cause?: unknown): ClientError =>
    new ClientError(`the checkpoint ${path} is damaged: remove it, and the training begins anew`, { cause });
  let head: number;
  let header: Header;
  try {
    head = LENGTH_BYTES + Buffer.from(bytes.subarray(0, LENGTH_BYTES)).readUInt32LE();
    // Safe: what pack() wrote; a damaged one does not parse, or fails the digest below.
    header = JSON.parse(Buffer.from(bytes.subarray(LENGTH_BYTES, head)).toString()) as Header;
  } catch (error) {
    throw damaged(error);
  }
  const files = new Map<string, Uint8Array>();
  let at = head;
  for (const { path: name, size } of header.files) {
    // Copies, so that typed arrays may begin at their first byte.
    files.set(name, new Uint8Array(bytes.subarray(at, at + size)));
    at += size;
  }
  if (digest([...files.values()]) !== header.sha256) throw damaged();
  return { header, files };
}

function digest(parts: readonly Uint8Array[]): string {
  // Loaded on need: to load it is a tenth of a program's start, and most jobs keep no checkpoints.
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function checkSame(
  saved: Pick<Header, 'algorithm' | 'hyperparameters'>,
  job: Pick<Header, 'algorithm' | 'hyperparameters'>,
  free: readonly string[],
  path: string,
): void {
  const advice = `give the job another CheckpointConfig, or remove ${path}`;
  if (saved.algorithm !== job.algorithm)
    throw new ClientError(
      `the checkpoint is one of ${saved.algorithm}, and the job trains ${job.algorithm}: ${advice}`,
    );
  for (const name of new Set([...Object.keys(saved.hyperparameters), ...Object.keys(job.hyperparameters)])) {
    if (free.includes(name)) continue;
    const [was, is] = [saved, job].map(({ hyperparameters }) => JSON.stringify(hyperparameters[name]) ?? 'nothing');
    if (was !== is)
      throw new ClientError(`the checkpoint was saved with ${name}=${was}, and the job has ${name}=${is}: ${advice}`);
  }
}
