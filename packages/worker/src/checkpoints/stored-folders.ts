import type { InstanceSpec } from '../instance-spec.ts';
import { CheckpointSync } from './checkpoint-sync.ts';

/** The folders of an instance that are stored while its program runs, one as the other: see {@link CheckpointSync}. */
export interface StoredFolders {
  fetch(signal: AbortSignal): Promise<void>;
  begin(): void;
  cancel(): Promise<void>;
  end(signal: AbortSignal): Promise<void>;
}

/** Its checkpoints, which are fetched first, and its continuous outputs. */
export function storedFolders(spec: InstanceSpec, notice: (text: string) => void): StoredFolders {
  const checkpoints = spec.checkpoints && new CheckpointSync(spec, spec.checkpoints, notice);
  const outputs = spec.outputs.flatMap(({ name, path, uri, continuous }) =>
    continuous === true
      ? [new CheckpointSync(spec, { path, uri, keepDeleted: true, what: `Files of output ${name}` }, notice)]
      : [],
  );
  const all = checkpoints === undefined ? outputs : [checkpoints, ...outputs];
  return {
    fetch: async (signal) => checkpoints?.fetch(signal),
    begin: () => {
      for (const folder of all) folder.begin();
    },
    cancel: async () => void (await Promise.all(all.map((folder) => folder.cancel()))),
    end: async (signal) => {
      for (const folder of all) await folder.end(signal);
    },
  };
}
