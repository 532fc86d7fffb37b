/** Lloyd's algorithm over rows in the memory of several hosts: each assigns its own rows, and all move the centers by the sums of all rows. */
import type { Collective } from '../collective/collective.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { BoundedAssignment } from './bounded-assignment.ts';
import type { Centers, WeightedRows } from './centers.ts';
import { farthestRows, type LloydOptions, type LloydResult } from './lloyd.ts';
import { sumCenters, type SummedCenters } from './summed-centers.ts';

/** As `lloyd`, for rows that weigh 1. The centers must be the same on all hosts, and stay so; the loss is that of the rows of all hosts. */
export async function lloydTogether(
  kernels: Kernels,
  collective: Collective,
  rows: WeightedRows,
  centers: Centers,
  options: LloydOptions,
): Promise<LloydResult> {
  centers.pack();
  const assignment = new BoundedAssignment(kernels, rows, centers);
  const assign = (): Promise<SummedCenters> => {
    const changed = assignment.update();
    const stops = Number(options.stopping?.aborted === true);
    return sumCenters(collective, centers, true, [assignment.loss(), changed, stops]);
  };
  let all = await assign();
  let iterations = 0;
  while (iterations < options.maxIterations) {
    const [loss = 0, , stops = 0] = all.numbers;
    if (stops > 0) break;
    iterations++;
    await refillEmpty(kernels, collective, rows, centers, assignment, all);
    centers.moveToMeans(all.sums, all.totals);
    all = await assign();
    const [next = 0, changed = 0] = all.numbers;
    if (changed === 0 || (options.tolerance > 0 && loss - next <= options.tolerance * next)) break;
  }
  assignment.release();
  return { loss: all.numbers[0] ?? 0, iterations };
}

interface Candidate {
  readonly host: number;
  /** Its place among the rows of its host. */
  readonly row: number;
  readonly from: number;
  readonly distance: number;
  readonly values: Float64Array;
}

/** Gives the farthest rows of all hosts to the centers that no host has rows of. Each host corrects its own sums, and all those of all. */
async function refillEmpty(
  kernels: Kernels,
  collective: Collective,
  rows: WeightedRows,
  centers: Centers,
  assignment: BoundedAssignment,
  all: SummedCenters,
): Promise<void> {
  const { stride } = centers;
  const empty = Array.from(all.totals.keys()).filter((center) => all.totals[center] === 0);
  if (empty.length === 0) return;
  const labels = assignment.labels.values;
  const values = kernels.heap.viewFloat32(rows.values, rows.rows * stride);
  const own = farthestRows(values, undefined, centers, labels, empty.length);
  const message = new Float64Array(own.length * (stride + 3));
  for (const [index, row] of own.entries()) {
    const from = labels[row] ?? 0;
    const place = values.subarray(row * stride, (row + 1) * stride);
    const distance = place.reduce((sum, value, i) => sum + (value - (centers.row(from)[i] ?? 0)) ** 2, 0);
    message.set([row, from, distance, ...place], index * (stride + 3));
  }
  const candidates = (await collective.gather(new Uint8Array(message.buffer)))
    .flatMap((bytes, host) => candidatesOf(new Float64Array(new Uint8Array(bytes).buffer), host, stride))
    .toSorted((a, b) => b.distance - a.distance || a.host - b.host || a.row - b.row);
  for (const [index, center] of empty.entries()) {
    const candidate = candidates[index];
    if (candidate === undefined) break;
    if ((all.totals[candidate.from] ?? 0) <= 1) continue;
    moveRow(all.sums, all.totals, candidate, center);
    if (candidate.host !== collective.rank) continue;
    moveRow(centers.sums.values, centers.totals.values, candidate, center);
    labels[candidate.row] = center;
    assignment.forget([candidate.row]);
  }
}

function candidatesOf(message: Float64Array, host: number, stride: number): Candidate[] {
  return Array.from({ length: message.length / (stride + 3) }, (_, index) => {
    const [row = 0, from = 0, distance = 0, ...values] = message.subarray(
      index * (stride + 3),
      (index + 1) * (stride + 3),
    );
    return { host, row, from, distance, values: Float64Array.from(values) };
  });
}

function moveRow(sums: Float64Array, totals: Float64Array, { from, values }: Candidate, center: number): void {
  const { length } = values;
  for (const [i, value] of values.entries()) {
    sums[from * length + i] = (sums[from * length + i] ?? 0) - value;
    sums[center * length + i] = value;
  }
  totals[from] = (totals[from] ?? 0) - 1;
  totals[center] = 1;
}
