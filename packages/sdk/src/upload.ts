/** From files on this machine to objects in a bucket: in parallel, and again where an interrupted upload stopped. */
import { basename } from 'node:path';
import type { ServiceClient } from '@rung/wire';
import type { S3Operations } from '@rung/wire/types/s3';
import { fingerprint, listFiles } from './local-files.ts';
import { type Piece, UploadRun } from './upload-run.ts';

export interface UploadOptions {
  /** Default: the session's default bucket. */
  bucket?: string;
  /**
   * Key prefix, without slashes at its ends. Default: `uploads/<name>-<mark>`, where the mark follows from the files' names, sizes and times: what has
   * not changed has the same place, so a second upload of it sends nothing, and one that was interrupted goes on where it stopped.
   */
  prefix?: string;
  /** Leave out files that are there already with the same content. Default: true without a {@link prefix}, else false. */
  skipUnchanged?: boolean;
  /** Called after each piece with the bytes done so far (sent, or found there) and in all. */
  onProgress?: (progress: { sent: number; total: number }) => void;
}

/** Requests at the same time, over all files. Each holds one part in memory. */
const LANES = 6;

/**
 * Uploads a file, or every file of a folder. Parts of large files that an earlier, interrupted upload to the same prefix has stored are not
 * sent again when their content is the same. Answers the S3 URI: of the object, or of the folder, with a slash at its end.
 */
export async function upload(
  s3: ServiceClient<S3Operations>,
  path: string,
  options: UploadOptions & { bucket: string },
): Promise<string> {
  const { files, isFolder } = await listFiles(path);
  const prefix = options.prefix ?? `uploads/${basename(path)}-${fingerprint(files)}`;
  const total = files.reduce((sum, file) => sum + file.size, 0);
  let sent = 0;
  const failed = new AbortController();
  const run = new UploadRun(s3, {
    bucket: options.bucket,
    prefix,
    skipUnchanged: options.skipUnchanged ?? options.prefix === undefined,
    signal: failed.signal,
    onDone: (bytes) => {
      sent += bytes;
      options.onProgress?.({ sent, total });
    },
  });
  await inLanes(run.pieces(files), failed);
  const [only] = files;
  return `s3://${options.bucket}/${isFolder || only === undefined ? `${prefix}/` : `${prefix}/${only.name}`}`;
}

/** The first failure ends the others and is the one to tell. What was stored stays: the next upload goes on from there. */
async function inLanes(pieces: AsyncGenerator<Piece>, failed: AbortController): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) await next.value();
  };
  const lanes = Array.from({ length: LANES }, () =>
    lane().catch((error: unknown) => {
      failed.abort(error);
    }),
  );
  await Promise.all(lanes);
  if (failed.signal.aborted) throw failed.signal.reason;
}
