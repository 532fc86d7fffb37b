import { postUse } from '../metrics/post-use.ts';
import type { MetricPoster } from '../metrics/metric-poster.ts';
import type { ContainerProgram, InstanceSpec } from '../instance-spec.ts';
import { type ContainerUse, containerUse } from './containers.ts';
import type { Daemon } from './daemon.ts';

const POST_MS = 5000;

/** Posts CPU, memory and disk use of a container. Its limits are the kernel's affair. */
export function sampleContainer(
  daemon: Daemon,
  spec: InstanceSpec,
  { name }: ContainerProgram,
  poster: MetricPoster,
): { stop(): void } {
  if (spec.systemMetrics === undefined) return { stop: () => undefined };
  let last: { readonly use: ContainerUse; readonly at: number } | undefined;
  const look = async (): Promise<void> => {
    // What cannot be had now is had five seconds later, or the container has ended.
    const use = await containerUse(daemon, name).catch(() => undefined);
    if (use === undefined) return;
    const at = performance.now();
    if (last !== undefined) {
      const cpu = (100_000 * Math.max(0, use.cpuSeconds - last.use.cpuSeconds)) / (at - last.at);
      await postUse(spec, poster, cpu, (100 * use.memoryBytes) / spec.limits.memoryBytes);
    }
    last = { use, at };
  };
  void look();
  const timer = setInterval(() => void look(), POST_MS);
  return { stop: () => clearInterval(timer) };
}
