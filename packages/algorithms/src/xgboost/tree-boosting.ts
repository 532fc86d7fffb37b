/** Rounds of trees: `gbtree`, and `dart`, which leaves some trees out while the next ones grow. */
import type { HeapArray } from '../kernels/shared-heap.ts';
import { Random } from '../random.ts';
import { addTree } from './add-tree.ts';
import type { BinnedMatrix } from './binned-matrix.ts';
import type { Tree, TreeEnsemble } from './booster.ts';
import { fillMargins, scoredData, type Boosting, type BoostingTask, type Scored } from './boosting.ts';
import { treesToDrop, weightsAfter, type DropSettings } from './drop-trees.ts';
import { FeatureSampler } from './feature-sampler.ts';
import { refitLeaves } from './leaf-quantile.ts';
import { prepareBins } from './prepare-bins.ts';
import { TreeGrower, type GrownTree } from './tree-grower.ts';

export interface TreeBoostingTask extends BoostingTask {
  /** Trees to go on from. */
  readonly start: TreeEnsemble | undefined;
  /** Only of dart. */
  readonly drop: DropSettings | undefined;
}

/** Streams of random numbers: what a round draws depends on its number only, so that a resumed training draws the same. */
const streams = { features: 1, rows: 2, drop: 3 };

export class TreeBoosting implements Boosting {
  readonly #task: TreeBoostingTask;
  readonly #scored: Scored[];
  readonly #gradients: HeapArray<Float32Array>;
  #binned: BinnedMatrix | undefined;
  #grower: TreeGrower | undefined;
  readonly #trees: { tree: Tree; group: number }[] = [];
  readonly #starts: number[] = [0];
  #weights: number[] = [];

  constructor(task: TreeBoostingTask) {
    this.#task = task;
    this.#scored = scoredData(task);
    this.#gradients = task.kernels.heap.float32(task.train.matrix.rows * task.objective.groups * 2);
    if (task.start === undefined) return;
    for (const [index, tree] of task.start.trees.entries())
      this.#trees.push({ tree, group: task.start.treeGroups[index] ?? 0 });
    this.#starts = Array.from(task.start.iterationStarts);
    this.#weights = Array.from(task.start.weightDrop);
    for (const scored of this.#scored) for (const index of this.#trees.keys()) this.#add(scored, index);
  }

  get ensemble(): TreeEnsemble {
    return {
      kind: this.#task.drop === undefined ? 'gbtree' : 'dart',
      trees: this.#trees.map(({ tree }) => tree),
      treeGroups: Int32Array.from(this.#trees, ({ group }) => group),
      iterationStarts: Int32Array.from(this.#starts),
      numParallelTree: 1,
      weightDrop: Float32Array.from(this.#weights),
    };
  }

  get scored(): readonly Scored[] {
    return this.#scored;
  }

  async boost(round: number): Promise<void> {
    const { objective, kernels, collective, train, drop, settings, seed } = this.#task;
    const [own, ...others] = this.#scored;
    if (own === undefined) return;
    const dropped = drop === undefined ? [] : treesToDrop(drop, this.#weights, new Random(seed + round, streams.drop));
    if (dropped.length > 0) this.#rescore(own, dropped);
    const { margins } = own;
    await objective.gradients({ kernels, collective, data: train, margins, gradients: this.#gradients });
    this.#sampleRows(round);
    const grower = await this.#growerOf();
    const before = objective.leafQuantile === undefined ? undefined : margins.values.slice();
    for (let group = 0; group < objective.groups; group++) {
      const random = new Random(seed + round * objective.groups + group, streams.features);
      const sampler = new FeatureSampler(settings, train.matrix.columns, random);
      const grown = await grower.grow(this.#gradients.pointer + group * train.matrix.rows * 8, sampler);
      if (before !== undefined) await this.#refit(grower, grown, before);
      this.#trees.push({ tree: grown.tree.build(), group });
      if (drop === undefined) grower.addTo(grown, margins.pointer, objective.groups, group);
    }
    this.#starts.push(this.#trees.length);
    if (drop !== undefined) this.#weights = weightsAfter(drop, this.#weights, dropped, objective.groups, settings.eta);
    if (drop === undefined)
      for (const scored of others)
        for (let group = objective.groups; group > 0; group--) this.#add(scored, this.#trees.length - group);
    else for (const scored of this.#scored) this.#rescore(scored, []);
  }

  release(): void {
    const { heap } = this.#task.kernels;
    this.#grower?.release();
    this.#binned?.release();
    heap.free(this.#gradients.pointer);
    for (const { margins } of this.#scored) heap.free(margins.pointer);
  }

  /** approx cuts anew in each round, with second derivatives as weights. */
  async #growerOf(): Promise<TreeGrower> {
    const { settings, kernels, collective, train } = this.#task;
    const anew = settings.method === 'approx';
    if (this.#grower !== undefined && !anew) return this.#grower;
    this.#grower?.release();
    this.#binned?.release();
    const hessians = anew ? this.#hessians() : undefined;
    // Weights of ranking data are per query, and bins do without them.
    const weights = hessians?.pointer ?? (train.groupStarts === undefined ? (train.weights?.pointer ?? 0) : 0);
    this.#binned = await prepareBins(kernels, train.matrix, collective, settings, weights);
    if (hessians !== undefined) kernels.heap.free(hessians.pointer);
    this.#grower = new TreeGrower(kernels, this.#binned, settings, collective);
    return this.#grower;
  }

  #hessians(): HeapArray<Float32Array> {
    const { kernels, train, objective } = this.#task;
    const { rows } = train.matrix;
    const own = kernels.heap.float32(rows);
    for (let row = 0; row < rows; row++)
      for (let group = 0; group < objective.groups; group++)
        own.values[row] = (own.values[row] ?? 0) + (this.#gradients.values[2 * (group * rows + row) + 1] ?? 0);
    return own;
  }

  /** As XGBoost's hist: a row that is left out has no gradient. */
  #sampleRows(round: number): void {
    const { settings, seed, train, objective, collective } = this.#task;
    if (settings.subsample === 1) return;
    const { rows } = train.matrix;
    const random = new Random(seed + round, streams.rows + 16 * collective.rank);
    const gradients = this.#gradients.values;
    for (let row = 0; row < rows; row++) {
      if (random.uniform() < settings.subsample) continue;
      for (let group = 0; group < objective.groups; group++)
        gradients.fill(0, 2 * (group * rows + row), 2 * (group * rows + row) + 2);
    }
  }

  async #refit(grower: TreeGrower, grown: GrownTree, margins: Float32Array): Promise<void> {
    const { objective, settings, collective, train } = this.#task;
    const { leafQuantile: quantile = 0.5 } = objective;
    await refitLeaves(grower, grown, train, margins, { quantile, eta: settings.eta, collective });
  }

  /** Margins from the trees that are not left out. */
  #rescore(scored: Scored, dropped: readonly number[]): void {
    fillMargins(scored.margins.values, this.#task.baseMargins);
    for (const index of this.#trees.keys()) if (!dropped.includes(index)) this.#add(scored, index);
  }

  #add(scored: Scored, index: number): void {
    const entry = this.#trees[index];
    if (entry === undefined) return;
    const { tree, group } = entry;
    const factor = this.#task.drop === undefined ? 1 : (this.#weights[index] ?? 1);
    addTree(this.#task.kernels, tree, scored, { groups: this.#task.objective.groups, group, factor });
  }
}
