/** Named pipes as the platform makes them for Pipe mode: one per epoch, the next when the one before was opened. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

export interface NamedPipes {
  /** Ends what nobody reads. */
  close(): Promise<void>;
}

/** `<channel>_0`, `<channel>_1` … in `folder`, each of which gives `bytes` once. */
export function openPipes(folder: string, channel: string, bytes: Uint8Array): NamedPipes {
  let waiting = '';
  let isClosed = false;
  const next = (epoch: number): void => {
    waiting = join(folder, `${channel}_${epoch}`);
    execFileSync('mkfifo', [waiting]);
  };
  const feed = async (): Promise<void> => {
    for (let epoch = 1; ; epoch++) {
      const pipe = await open(waiting, 'w');
      if (isClosed) return pipe.close();
      next(epoch);
      // A reader that closes early is no mistake.
      await pipe.writeFile(bytes).catch(() => undefined);
      await pipe.close();
    }
  };
  next(0);
  const fed = feed();
  return {
    close: async () => {
      isClosed = true;
      // Opening for writing waits for a reader: be it.
      const reader = openSync(waiting, constants.O_RDONLY | constants.O_NONBLOCK);
      await fed;
      closeSync(reader);
    },
  };
}
