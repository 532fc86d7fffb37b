/** A channel of a training job as the program sees it, however its bytes arrive. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError } from '../errors.ts';
import { openFile, type ByteSource } from '../formats/byte-source.ts';
import { parseContentType, type ContentType } from '../formats/content-type.ts';

export interface DataChannel {
  readonly name: string;
  /** Absent when the job does not say; readers then look at the first bytes. */
  readonly contentType: ContentType | undefined;
  /**
   * Opens what there is to read in one epoch, one after another, and closes each when the next is asked for. A stream has no epochs but its own:
   * each call reads the next one, whatever number is given.
   */
  sources(epoch: number): AsyncGenerator<ByteSource>;
}

/** The entry of a channel in `inputdataconfig.json`. */
export interface ChannelConfiguration {
  readonly ContentType?: string;
  readonly TrainingInputMode?: string;
  readonly RecordWrapperType?: string;
}

/** `dataDir`: the folder `input/data`. */
export function dataChannel(name: string, configuration: ChannelConfiguration, dataDir: string): DataChannel {
  const contentType =
    configuration.ContentType === undefined || configuration.ContentType === ''
      ? undefined
      : parseContentType(configuration.ContentType);
  const sources =
    configuration.TrainingInputMode === 'Pipe' ? pipeSources(name, dataDir) : fileSources(name, join(dataDir, name));
  return { name, contentType, sources };
}

/** Every file below the channel's folder, in the order of their names, as object keys are ordered. */
function fileSources(channel: string, folder: string): DataChannel['sources'] {
  return async function* (): AsyncGenerator<ByteSource> {
    const files = await filesBelow(folder).catch((cause: unknown) => {
      throw new ClientError(
        `channel ${channel} has no data: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    });
    if (files.length === 0) throw new ClientError(`channel ${channel} has no data: there is no file in it`);
    for (const file of files) yield* closing(await openFile(file, `${channel}/${relative(folder, file)}`));
  };
}

/** One named pipe per epoch: `<channel>_0`, `<channel>_1` … Each is read once, and the next is there soon after the one before was closed. */
function pipeSources(channel: string, dataDir: string): DataChannel['sources'] {
  let next = 0;
  return async function* (): AsyncGenerator<ByteSource> {
    const name = `${channel}_${next++}`;
    const pipe = join(dataDir, name);
    for (let waited = 0; !existsSync(pipe) && waited < PIPE_WAIT_MS; waited += PIPE_LOOK_MS) await sleep(PIPE_LOOK_MS);
    yield* closing(await openFile(pipe, name));
  };
}

const PIPE_WAIT_MS = 10_000;
const PIPE_LOOK_MS = 5;

async function* closing(source: ByteSource): AsyncGenerator<ByteSource> {
  try {
    yield source;
  } finally {
    await source.close();
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((a, b) => (a < b ? -1 : 1));
}
