/** First centers: rows chosen at random, or far from each other (k-means++; Arthur and Vassilvitskii 2007). */
import type { Kernels } from '../kernels/kernels.ts';
import type { Random } from '../random.ts';
import type { Centers, WeightedRows } from './centers.ts';

export type InitMethod = 'random' | 'kmeans++';

const grain = 4096;

/** Fills `centers` with rows; there must be as many. `candidates`: rows that k-means++ tries for each center, keeping the best. */
export function chooseCenters(
  method: InitMethod,
  kernels: Kernels,
  rows: WeightedRows,
  centers: Centers,
  random: Random,
  candidates = 1,
): void {
  if (method === 'random') {
    random.sample(centers.count, rows.rows).forEach((row, center) => copyRow(kernels, rows, row, centers, center));
  } else farApart(kernels, rows, centers, random, candidates);
  centers.pack();
}

function farApart(kernels: Kernels, rows: WeightedRows, centers: Centers, random: Random, candidates: number): void {
  const { heap, pool } = kernels;
  const distances = heap.float32(rows.rows);
  const span = { items: rows.rows, grain };
  const args = (row: number): number[] => [
    rows.values,
    centers.stride,
    rows.values + row * centers.stride * 4,
    rows.weights,
    distances.pointer,
  ];
  const weights = rows.weights === 0 ? undefined : heap.viewFloat32(rows.weights, rows.rows);
  distances.values.fill(1);
  let blocks = blockSums(distances.values, weights);
  for (let center = 0; center < centers.count; center++) {
    let chosen = draw(blocks, distances.values, weights, random);
    if (center > 0 && candidates > 1) {
      let least = Number.POSITIVE_INFINITY;
      const drawn = [
        chosen,
        ...Array.from({ length: candidates - 1 }, () => draw(blocks, distances.values, weights, random)),
      ];
      for (const row of drawn) {
        const left = pool.parallel('kmeans', 'potential', span, args(row)).reduce((sum, part) => sum + part, 0);
        if (left < least) {
          least = left;
          chosen = row;
        }
      }
    }
    copyRow(kernels, rows, chosen, centers, center);
    if (center === 0) distances.values.fill(Number.POSITIVE_INFINITY);
    blocks = pool.parallel('kmeans', 'lower_distances', span, args(chosen)).slice();
  }
  heap.free(distances.pointer);
}

function blockSums(distances: Float32Array, weights: Float32Array | undefined): Float64Array {
  const blocks = new Float64Array(Math.ceil(distances.length / grain));
  for (let row = 0; row < distances.length; row++) {
    const block = Math.floor(row / grain);
    blocks[block] = (blocks[block] ?? 0) + (distances[row] ?? 0) * (weights?.[row] ?? 1);
  }
  return blocks;
}

/** A row with a probability in proportion to its weighted squared distance: first its block, then the row in it. */
function draw(
  blocks: Float64Array,
  distances: Float32Array,
  weights: Float32Array | undefined,
  random: Random,
): number {
  const total = blocks.reduce((sum, part) => sum + part, 0);
  // All rows are equal to centers: any will do.
  if (!(total > 0)) return random.below(distances.length);
  let left = random.uniform() * total;
  let block = 0;
  for (; block < blocks.length - 1 && left >= (blocks[block] ?? 0); block++) left -= blocks[block] ?? 0;
  const end = Math.min(distances.length, (block + 1) * grain);
  let last = block * grain;
  for (let row = block * grain; row < end; row++) {
    const share = (distances[row] ?? 0) * (weights?.[row] ?? 1);
    if (share > 0) last = row;
    left -= share;
    if (left < 0) break;
  }
  return last;
}

function copyRow(kernels: Kernels, rows: WeightedRows, row: number, centers: Centers, center: number): void {
  centers.row(center).set(kernels.heap.viewFloat32(rows.values + row * centers.stride * 4, centers.stride));
}
