/** An epoch of updates: by the mini-batches of one host, or by those of all hosts together. */
import type { Batch, BatchedData } from '../data/batched-data.ts';
import type { OnlineCenters } from './online-centers.ts';
import { sumCenters } from './summed-centers.ts';
import type { KMeansContext } from './train-context.ts';

export interface EpochOutcome {
  readonly rows: number;
  /** Sum of squared distances, each row measured before it was learnt. */
  readonly loss: number;
}

/** A stop ends it after the update at hand. */
export async function learnAlone(
  { stopping }: KMeansContext,
  data: BatchedData,
  online: () => OnlineCenters | undefined,
): Promise<EpochOutcome> {
  let rows = 0;
  let loss = 0;
  for await (const batch of data.epoch()) {
    loss += online()?.update(batch) ?? 0;
    rows += batch.rows;
    if (stopping.aborted) break;
  }
  return { rows, loss };
}

const OVER = { done: true, value: undefined } as const;

/** Every update is by a mini-batch of each host, so that all hold the same centers. A host that has no more rows takes part until all have none. */
export async function learnTogether(
  { collective, stopping }: KMeansContext,
  data: BatchedData,
  online: () => OnlineCenters | undefined,
): Promise<EpochOutcome> {
  const batches = data.epoch();
  let isOver = false;
  let rows = 0;
  let loss = 0;
  for (;;) {
    const next: IteratorResult<Batch, unknown> = isOver ? OVER : await batches.next();
    isOver = next.done === true;
    const centers = online();
    if (centers === undefined) break;
    const own =
      next.done === true ? { rows: 0, loss: 0 } : { rows: next.value.rows, loss: centers.collect(next.value) };
    const { sums, totals, numbers } = await sumCenters(collective, centers.centers, own.rows > 0, [
      own.rows,
      own.loss,
      Number(stopping.aborted),
    ]);
    const [allRows = 0, allLoss = 0, stops = 0] = numbers;
    if (allRows === 0 || stops > 0) break;
    centers.move(allRows, sums, totals);
    rows += allRows;
    loss += allLoss;
  }
  await batches.return(undefined);
  return { rows, loss };
}
