import type { TrainContext } from './train-context.ts';

/** Whether one of the hosts is told to stop: all must go the same way. */
export async function isStopping({
  stopping,
  collective,
}: Pick<TrainContext<unknown>, 'stopping' | 'collective'>): Promise<boolean> {
  const told = Float64Array.of(Number(stopping.aborted));
  await collective.sum(told);
  return told[0] !== 0;
}
