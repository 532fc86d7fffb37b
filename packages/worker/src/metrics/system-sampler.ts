import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { InstanceSpec } from '../instance-spec.ts';
import { processTree, proportionalBytes, readProcessTable } from '../processes/process-table.ts';
import type { MetricPoster } from './metric-poster.ts';

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
      if (cpu !== undefined) void post(spec, poster, cpu, (100 * used) / limit);
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

async function post(spec: InstanceSpec, poster: MetricPoster, cpu: number, memory: number): Promise<void> {
  if (spec.systemMetrics === undefined) return;
  const { namespace, host } = spec.systemMetrics;
  const disk = await statfs(spec.baseDir).catch(() => undefined); // the folder may just be removed
  const at = Date.now();
  const dimensions = { Host: host.replaceAll('{host}', spec.host) };
  const point = (name: string, value: number): void =>
    poster.add({ namespace, name, dimensions, value, at, unit: 'Percent' });
  point('CPUUtilization', cpu);
  point('MemoryUtilization', memory);
  if (disk !== undefined && disk.blocks > 0) point('DiskUtilization', 100 * (1 - disk.bavail / disk.blocks));
}

function kernelMemoryKills(): number {
  try {
    return Number(/^oom_kill (\d+)/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1] ?? 0);
  } catch {
    return 0; // no Linux, or a system that hides it
  }
}
