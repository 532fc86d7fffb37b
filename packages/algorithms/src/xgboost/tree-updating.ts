/** `process_type=update`: the trees of a model keep their splits, and take their sums and leaves from these data. */
import type { HeapArray } from '../kernels/shared-heap.ts';
import { addTree } from './add-tree.ts';
import type { Tree, TreeEnsemble } from './booster.ts';
import { scoredData, type Boosting, type BoostingTask, type Scored } from './boosting.ts';
import { categorySets, packCategories } from './category-sets.ts';
import { toDense } from './matrix-forms.ts';
import type { DenseMatrix } from './matrix.ts';
import { leafGain, leafWeight } from './split-gain.ts';

export interface TreeUpdatingTask extends BoostingTask {
  readonly start: TreeEnsemble;
  readonly refreshes: boolean;
  readonly refreshesLeaves: boolean;
  /** Splits that gain less than gamma become leaves. */
  readonly prunes: boolean;
}

export class TreeUpdating implements Boosting {
  readonly #task: TreeUpdatingTask;
  readonly #scored: Scored[];
  readonly #gradients: HeapArray<Float32Array>;
  readonly #rows: DenseMatrix;
  readonly #trees: Tree[] = [];
  #rounds = 0;

  constructor(task: TreeUpdatingTask) {
    this.#task = task;
    this.#scored = scoredData(task);
    this.#gradients = task.kernels.heap.float32(task.train.matrix.rows * task.objective.groups * 2);
    this.#rows = toDense(task.kernels, task.train.matrix);
  }

  get ensemble(): TreeEnsemble {
    const { start } = this.#task;
    return {
      ...start,
      trees: this.#trees,
      treeGroups: start.treeGroups.slice(0, this.#trees.length),
      iterationStarts: start.iterationStarts.slice(0, this.#rounds + 1),
      weightDrop: start.weightDrop.slice(0, this.#trees.length),
    };
  }

  get scored(): readonly Scored[] {
    return this.#scored;
  }

  /** The trees of one round; after the last one there is nothing to do. */
  async boost(round: number): Promise<void> {
    const { start, objective, kernels, collective, train, prunes, settings } = this.#task;
    const [own] = this.#scored;
    const [from, to] = [start.iterationStarts[round], start.iterationStarts[round + 1]];
    if (own === undefined || from === undefined || to === undefined) return;
    await objective.gradients({ kernels, collective, data: train, margins: own.margins, gradients: this.#gradients });
    for (let index = from; index < to; index++) {
      const old = start.trees[index];
      if (old === undefined) continue;
      const group = start.treeGroups[index] ?? 0;
      const refreshed = this.#task.refreshes ? await this.#refresh(old, group) : old;
      const tree = prunes ? pruned(refreshed, settings.gamma, settings.eta) : refreshed;
      this.#trees.push(tree);
      const factor = start.kind === 'dart' ? (start.weightDrop[index] ?? 1) : 1;
      for (const scored of this.#scored) addTree(kernels, tree, scored, { groups: objective.groups, group, factor });
    }
    this.#rounds = round + 1;
  }

  release(): void {
    const { heap } = this.#task.kernels;
    if (this.#rows !== this.#task.train.matrix) heap.free(this.#rows.values.pointer);
    heap.free(this.#gradients.pointer);
    for (const { margins } of this.#scored) heap.free(margins.pointer);
  }

  async #refresh(tree: Tree, group: number): Promise<Tree> {
    const { settings, collective, refreshesLeaves } = this.#task;
    const sums = this.#sums(tree, group);
    await collective.sum(sums);
    const g = (node: number): number => sums[2 * node] ?? 0;
    const h = (node: number): number => sums[2 * node + 1] ?? 0;
    const updated = {
      ...tree,
      sumHessian: tree.sumHessian.map((_, node) => h(node)),
      baseWeights: tree.baseWeights.slice(),
      lossChanges: tree.lossChanges.slice(),
      splitConditions: tree.splitConditions.slice(),
    };
    for (const [node, left] of tree.leftChildren.entries()) {
      const weight = leafWeight(settings, g(node), h(node));
      updated.baseWeights[node] = weight;
      const gain = (of: number): number => leafGain(settings, g(of), h(of));
      if (left >= 0) updated.lossChanges[node] = gain(left) + gain(tree.rightChildren[node] ?? 0) - gain(node);
      else if (refreshesLeaves) updated.splitConditions[node] = Math.fround(weight * Math.fround(settings.eta));
    }
    return updated;
  }

  /** First and second derivatives of the rows that pass each node. */
  #sums(tree: Tree, group: number): Float64Array {
    const { rows, stride, columns, values } = this.#rows;
    const sums = new Float64Array(tree.leftChildren.length * 2);
    const sets = new Map(
      categorySets(tree)
        .entries()
        .map(([node, set]) => [node, new Set(set)]),
    );
    for (let row = 0; row < rows; row++) {
      const at = 2 * (group * rows + row);
      for (let node = 0; node >= 0;) {
        sums[2 * node] = (sums[2 * node] ?? 0) + (this.#gradients.values[at] ?? 0);
        sums[2 * node + 1] = (sums[2 * node + 1] ?? 0) + (this.#gradients.values[at + 1] ?? 0);
        const left = tree.leftChildren[node] ?? -1;
        if (left < 0) break;
        const feature = tree.splitIndices[node] ?? 0;
        const value = feature < columns ? (values.values[row * stride + feature] ?? Number.NaN) : Number.NaN;
        const set = sets.get(node);
        const below = set === undefined ? value < (tree.splitConditions[node] ?? 0) : !set.has(value);
        const goesLeft = Number.isNaN(value) ? tree.defaultLeft[node] === 1 : below;
        node = goesLeft ? left : (tree.rightChildren[node] ?? -1);
      }
    }
    return sums;
  }
}

/** Splits that have two leaves and gain less than `gamma` become leaves, from below. */
function pruned(tree: Tree, gamma: number, eta: number): Tree {
  const left = tree.leftChildren.slice();
  const conditions = tree.splitConditions.slice();
  const collapse = (node: number): boolean => {
    const child = left[node] ?? -1;
    if (child < 0) return true;
    const leaves = [collapse(child), collapse(tree.rightChildren[node] ?? 0)].every(Boolean);
    if (!leaves || (tree.lossChanges[node] ?? 0) >= gamma) return false;
    left[node] = -1;
    conditions[node] = Math.fround((tree.baseWeights[node] ?? 0) * Math.fround(eta));
    return true;
  };
  collapse(0);
  const kept: number[] = [0];
  for (let at = 0; at < kept.length; at++) {
    const node = kept[at] ?? 0;
    if ((left[node] ?? -1) >= 0) kept.push(left[node] ?? 0, tree.rightChildren[node] ?? 0);
  }
  const sets = categorySets(tree);
  const places = new Map(kept.map((node, place) => [node, place]));
  const inner = (node: number): boolean => (left[node] ?? -1) >= 0;
  const child = (children: Int32Array): Int32Array =>
    Int32Array.from(kept, (node) => (inner(node) ? (places.get(children[node] ?? 0) ?? -1) : -1));
  return {
    ...tree,
    leftChildren: child(left),
    rightChildren: child(tree.rightChildren),
    parents: Int32Array.from(kept, (node) => places.get(tree.parents[node] ?? -1) ?? tree.parents[node] ?? 0),
    splitIndices: Int32Array.from(kept, (node) => (inner(node) ? (tree.splitIndices[node] ?? 0) : 0)),
    splitConditions: Float32Array.from(kept, (node) => conditions[node] ?? 0),
    defaultLeft: Uint8Array.from(kept, (node) => (inner(node) ? (tree.defaultLeft[node] ?? 0) : 0)),
    baseWeights: Float32Array.from(kept, (node) =>
      inner(node) ? (tree.baseWeights[node] ?? 0) : (conditions[node] ?? 0),
    ),
    lossChanges: Float32Array.from(kept, (node) => (inner(node) ? (tree.lossChanges[node] ?? 0) : 0)),
    sumHessian: Float32Array.from(kept, (node) => tree.sumHessian[node] ?? 0),
    ...packCategories(kept.map((node) => (inner(node) ? sets.get(node) : undefined))),
  };
}
