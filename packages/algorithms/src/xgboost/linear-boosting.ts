/** `gblinear`: a linear model, whose coordinates take one step each per round, one after another. */
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { LinearEnsemble } from './booster.ts';
import { fillMargins, scoredData, type Boosting, type BoostingTask, type Scored } from './boosting.ts';
import { toSparse } from './matrix-forms.ts';
import { freeMatrix, type SparseMatrix } from './matrix.ts';

export interface LinearBoostingTask extends BoostingTask {
  readonly start: LinearEnsemble | undefined;
}

export class LinearBoosting implements Boosting {
  readonly #task: LinearBoostingTask;
  readonly #scored: Scored[];
  readonly #gradients: HeapArray<Float32Array>;
  readonly #columns: ReturnType<typeof columnsOf>;
  readonly #weights: Float32Array;
  #rounds = 0;

  constructor(task: LinearBoostingTask) {
    this.#task = task;
    const { matrix } = task.train;
    const { groups } = task.objective;
    this.#scored = scoredData(task);
    this.#gradients = task.kernels.heap.float32(matrix.rows * groups * 2);
    const sparse = toSparse(task.kernels, matrix);
    this.#columns = columnsOf(sparse);
    if (sparse !== matrix) freeMatrix(task.kernels, sparse);
    this.#weights = task.start?.weights.slice() ?? new Float32Array((matrix.columns + 1) * groups);
    this.#rounds = task.start?.boostedRounds ?? 0;
    this.#scored.forEach((scored) => this.#rescore(scored));
  }

  get ensemble(): LinearEnsemble {
    return { kind: 'gblinear', weights: this.#weights.slice(), boostedRounds: this.#rounds };
  }

  get scored(): readonly Scored[] {
    return this.#scored;
  }

  async boost(): Promise<void> {
    const { objective, kernels, train, settings, collective } = this.#task;
    const [own] = this.#scored;
    if (own === undefined) return;
    await objective.gradients({ kernels, collective, data: train, margins: own.margins, gradients: this.#gradients });
    const total = Float64Array.of(this.#totalWeight());
    await collective.sum(total);
    const penalty = { l2: settings.lambda * (total[0] ?? 0), l1: settings.alpha * (total[0] ?? 0) };
    for (let group = 0; group < objective.groups; group++) {
      const pairs = this.#gradients.values.subarray(2 * group * train.matrix.rows, 2 * (group + 1) * train.matrix.rows);
      await this.#stepBias(group, pairs);
      for (let column = 0; column < train.matrix.columns; column++) await this.#step(column, group, pairs, penalty);
    }
    this.#rounds++;
    this.#scored.forEach((scored) => this.#rescore(scored));
  }

  release(): void {
    const { heap } = this.#task.kernels;
    heap.free(this.#gradients.pointer);
    for (const { margins } of this.#scored) heap.free(margins.pointer);
  }

  async #stepBias(group: number, pairs: Float32Array): Promise<void> {
    const { objective, settings, train, collective } = this.#task;
    const sums = new Float64Array(2);
    for (let at = 0; at < pairs.length; at += 2) {
      sums[0] = (sums[0] ?? 0) + (pairs[at] ?? 0);
      sums[1] = (sums[1] ?? 0) + (pairs[at + 1] ?? 0);
    }
    await collective.sum(sums);
    const [g = 0, h = 0] = sums;
    if (h <= 0) return;
    const step = Math.fround((-settings.eta * g) / h);
    const place = train.matrix.columns * objective.groups + group;
    this.#weights[place] = (this.#weights[place] ?? 0) + step;
    for (let at = 0; at < pairs.length; at += 2) pairs[at] = (pairs[at] ?? 0) + (pairs[at + 1] ?? 0) * step;
  }

  async #step(
    column: number,
    group: number,
    pairs: Float32Array,
    penalty: { readonly l1: number; readonly l2: number },
  ): Promise<void> {
    const { starts, rows, values } = this.#columns;
    const [from, to] = [starts[column] ?? 0, starts[column + 1] ?? 0];
    let g = 0;
    let h = 0;
    for (let at = from; at < to; at++) {
      const value = values[at] ?? 0;
      const pair = 2 * (rows[at] ?? 0);
      g += (pairs[pair] ?? 0) * value;
      h += (pairs[pair + 1] ?? 0) * value * value;
    }
    const { collective, objective, settings } = this.#task;
    if (collective.size > 1) {
      const sums = Float64Array.of(g, h);
      await collective.sum(sums);
      [g = 0, h = 0] = sums;
    }
    const place = column * objective.groups + group;
    const weight = this.#weights[place] ?? 0;
    const step = Math.fround(settings.eta * coordinateStep(g, h, weight, penalty));
    if (step === 0) return;
    this.#weights[place] = weight + step;
    for (let at = from; at < to; at++) {
      const pair = 2 * (rows[at] ?? 0);
      pairs[pair] = (pairs[pair] ?? 0) + (pairs[pair + 1] ?? 0) * (values[at] ?? 0) * step;
    }
  }

  /** Anew in each round, so that a resumed training has the same margins. */
  #rescore({ data: { matrix }, margins }: Scored): void {
    const { groups } = this.#task.objective;
    const { columns } = this.#task.train.matrix;
    const bias = this.#weights.subarray(columns * groups);
    fillMargins(
      margins.values,
      this.#task.baseMargins.map((base, group) => base + (bias[group] ?? 0)),
    );
    const add = (row: number, column: number, value: number): void => {
      if (column >= columns || Number.isNaN(value)) return;
      for (let group = 0; group < groups; group++)
        margins.values[row * groups + group] =
          (margins.values[row * groups + group] ?? 0) + value * (this.#weights[column * groups + group] ?? 0);
    };
    for (let row = 0; row < matrix.rows; row++) {
      if (matrix.kind === 'dense')
        for (let column = 0; column < matrix.columns; column++)
          add(row, column, matrix.values.values[row * matrix.stride + column] ?? 0);
      else
        for (let at = matrix.starts.values[row] ?? 0; at < (matrix.starts.values[row + 1] ?? 0); at++)
          add(row, matrix.indices.values[at] ?? 0, matrix.values.values[at] ?? 0);
    }
  }

  #totalWeight(): number {
    const { weights, matrix, groupStarts } = this.#task.train;
    return weights === undefined || groupStarts !== undefined
      ? matrix.rows
      : weights.values.reduce((sum, weight) => sum + weight, 0);
  }
}

function coordinateStep(
  g: number,
  h: number,
  weight: number,
  { l1, l2 }: { readonly l1: number; readonly l2: number },
): number {
  if (h < 1e-5) return 0;
  const slope = g + l2 * weight;
  const curve = h + l2;
  return weight - slope / curve >= 0
    ? Math.max(-(slope + l1) / curve, -weight)
    : Math.min(-(slope - l1) / curve, -weight);
}

function columnsOf(matrix: SparseMatrix): { starts: Int32Array; rows: Int32Array; values: Float32Array } {
  const count = matrix.starts.values[matrix.rows] ?? 0;
  const starts = new Int32Array(matrix.columns + 1);
  for (let at = 0; at < count; at++) {
    const next = (matrix.indices.values[at] ?? 0) + 1;
    starts[next] = (starts[next] ?? 0) + 1;
  }
  for (let column = 0; column < matrix.columns; column++)
    starts[column + 1] = (starts[column + 1] ?? 0) + (starts[column] ?? 0);
  const cursors = starts.slice();
  const rows = new Int32Array(count);
  const values = new Float32Array(count);
  for (let row = 0; row < matrix.rows; row++) {
    for (let at = matrix.starts.values[row] ?? 0; at < (matrix.starts.values[row + 1] ?? 0); at++) {
      const column = matrix.indices.values[at] ?? 0;
      const place = cursors[column] ?? 0;
      cursors[column] = place + 1;
      rows[place] = row;
      values[place] = matrix.values.values[at] ?? 0;
    }
  }
  return { starts, rows, values };
}
