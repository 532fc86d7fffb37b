/** The folder that a job leaves to the next one on the same instance: `/opt/ml/sagemaker/warmpoolcache`. */
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathInside } from './inputs/path-inside.ts';
import type { InstanceSpec } from './instance-spec.ts';

/** Below the base folder; SageMaker's own name for it. */
export const retainedPath = 'sagemaker/warmpoolcache';

type Retaining = Pick<InstanceSpec, 'baseDir' | 'retained'>;

/** Puts what an earlier job left into its place, or an empty folder. What is gone meanwhile is missed by nobody: it is a cache. */
export function takeRetained({ baseDir, retained }: Retaining): void {
  const folder = pathInside(baseDir, retainedPath);
  mkdirSync(dirname(folder), { recursive: true });
  if (retained?.take !== undefined) move(retained.take, folder);
  mkdirSync(folder, { recursive: true });
}

/** Leaves the folder to whoever comes next. */
export function leaveRetained({ baseDir, retained }: Retaining): void {
  if (retained?.leave === undefined) return;
  rmSync(retained.leave, { recursive: true, force: true });
  mkdirSync(dirname(retained.leave), { recursive: true, mode: 0o700 });
  move(pathInside(baseDir, retainedPath), retained.leave);
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return;
    if (code !== 'EXDEV') throw error;
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    rmSync(from, { recursive: true, force: true });
  }
}
