import type { Refusal } from '../engine.ts';
import type { Workload } from '../workload.ts';
import type { WorkerEngineOptions } from './worker-engine.ts';

/** Why workers on this machine cannot bring a workload its inputs. Pure. */
export function refuseInputs(
  { inputs }: Workload,
  { objectsRoot }: Pick<WorkerEngineOptions, 'objectsRoot'>,
  platform: NodeJS.Platform = process.platform,
): Refusal | undefined {
  const linked = inputs.find(({ delivery }) => delivery?.type === 'links');
  if (linked !== undefined && objectsRoot === undefined) {
    return {
      reason: `channel "${linked.name}" asks for FastFile mode, and the objects lie in another store than the files of this machine`,
      remedy:
        'use Pipe mode to stream them, File mode to copy them first, or the embedded store (objects: type: files)',
    };
  }
  const streamed = inputs.find(({ delivery }) => delivery?.type === 'pipe');
  if (streamed !== undefined && platform === 'win32') {
    return {
      reason: `channel "${streamed.name}" asks for Pipe mode, and this system has no named pipes`,
      remedy: 'use File or FastFile mode, or run Rung on Linux or macOS',
    };
  }
  return undefined;
}
