import type { InstanceSpec } from '../instance-spec.ts';
import { processTree, proportionalBytes, readProcessTable } from '../processes/process-table.ts';
import type { MetricPoster } from './metric-poster.ts';
import { kernelMemoryKills } from './kernel-memory-kills.ts';
import { postUse } from './post-use.ts';

const POST_MS = 5000;
/** Above this share of its limit a program is looked at five times as often: it may take the rest within a second. */
const CLOSE_TO_LIMIT = 0.6;

export interface SystemSampler {
  /** Bytes the program used when it was found above its limit. */
  readonly exceeded: () => number | undefined;
  /** Whether the kernel ended a process for lack of memory since the start, wherever on the machine. */
  readonly machineRanOut: () => boolean;
  stop(): void;
}

/** Watches memory and CPU use of everything the program started. `overLimit` is called once, when it uses more memory than its limit. */
export function sampleSystem(
  spec: InstanceSpec,
  root: number,
  poster: MetricPoster,
  overLimit: () => void,
): SystemSampler {
  const limit = spec.limits.memoryBytes;
  const killsAtStart = kernelMemoryKills();
  let exceeded: number | undefined;
  let lastCpu: { seconds: number; at: number } | undefined;
  let timer: NodeJS.Timeout;
  let stopped = false;

  const look = (): void => {
    const tree = processTree(root, readProcessTable()).filter((entry) => entry.pid !== process.pid);
    let used = tree.reduce((sum, entry) => sum + entry.residentBytes, 0);
    // Pages that forked workers share are in the sum once per process: count exactly before drawing a conclusion.
    if (used > limit) used = proportionalBytes(tree);
    if (used > limit && exceeded === undefined) {
      exceeded = used;
      overLimit();
    }
    const now = performance.now();
    if (spec.systemMetrics !== undefined && (lastCpu === undefined || now - lastCpu.at >= POST_MS)) {
      const seconds = tree.reduce((sum, entry) => sum + entry.cpuSeconds, 0);
      const cpu =
        lastCpu === undefined ? undefined : (100_000 * Math.max(0, seconds - lastCpu.seconds)) / (now - lastCpu.at);
      lastCpu = { seconds, at: now };
      if (cpu !== undefined) void postUse(spec, poster, cpu, (100 * used) / limit);
    }
    if (!stopped) timer = setTimeout(look, used > limit * CLOSE_TO_LIMIT ? spec.sampleMs / 5 : spec.sampleMs);
  };
  timer = setTimeout(look, spec.sampleMs / 5);
  return {
    exceeded: () => exceeded,
    machineRanOut: () => kernelMemoryKills() > killsAtStart,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
