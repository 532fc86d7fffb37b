import { statfs } from 'node:fs/promises';
import type { InstanceSpec } from '../instance-spec.ts';
import type { MetricPoster } from './metric-poster.ts';

/** Posts what an instance uses, in percent: of one core, of its memory limit, of the disk that holds its folder. */
export async function postUse(spec: InstanceSpec, poster: MetricPoster, cpu: number, memory: number): Promise<void> {
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
