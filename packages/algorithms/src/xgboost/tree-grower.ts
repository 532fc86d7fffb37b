/** Grows one tree at a time by histograms. Chen & Guestrin: XGBoost, 2016; histograms as in XGBoost's `hist`. */
import type { Collective } from '../collective/collective.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { requireMemory } from '../program/memory.ts';
import type { BinnedMatrix } from './binned-matrix.ts';
import type { FeatureSampler } from './feature-sampler.ts';
import { GradientScale, type WholeGradients } from './gradients.ts';
import type { GrowingNode, SplitCandidate } from './growing-node.ts';
import { Histograms } from './histograms.ts';
import { NodeQueue } from './node-queue.ts';
import { middle } from './quantile-cuts.ts';
import { RowSteps, type Step } from './row-steps.ts';
import { leafWeight, unbounded, type WeightBounds } from './split-gain.ts';
import { SplitSearch, type SiblingPair } from './split-search.ts';
import { TreeBuilder } from './tree-builder.ts';
import type { TreeSettings } from './tree-settings.ts';

export interface GrownTree {
  readonly tree: TreeBuilder;
  readonly leaves: readonly Leaf[];
}

export interface Leaf {
  readonly id: number;
  readonly node: GrowingNode;
}

/** Nodes that are split together: histograms of this many are built at once. */
const batchBytes = 64 * 2 ** 20;
const mostBatch = 256;
/** What XGBoost writes for a split by categories. */
const noCondition = 2 ** -149;

export class TreeGrower {
  readonly #kernels: Kernels;
  readonly #binned: BinnedMatrix;
  readonly #settings: TreeSettings;
  readonly #collective: Collective;
  readonly #rows: RowSteps;
  readonly #search: SplitSearch;
  readonly #histograms: Histograms;
  readonly #scale: GradientScale;
  readonly #batch: number;
  #parts = 0;
  #partsBytes = 0;

  constructor(kernels: Kernels, binned: BinnedMatrix, settings: TreeSettings, collective: Collective) {
    this.#kernels = kernels;
    this.#binned = binned;
    this.#settings = settings;
    this.#collective = collective;
    this.#histograms = new Histograms(kernels, binned.totalBins);
    requireMemory({
      bytes: kernels.heap.bytesInUse + binned.rows * 16 + 8 * this.#histograms.bytes,
      what: `a histogram of ${binned.totalBins} bins over ${binned.features} features, for several nodes`,
      remedy: settings.method === 'exact' ? 'use tree_method=hist' : 'lower max_bin, or use fewer features',
    });
    this.#rows = new RowSteps(kernels, binned);
    this.#search = new SplitSearch(kernels, binned, settings);
    this.#scale = new GradientScale(kernels, collective, binned.rows);
    this.#batch = Math.max(1, Math.min(mostBatch, Math.floor(batchBytes / this.#histograms.bytes)));
  }

  /** `gradients`: two 32-bit floats per row. */
  async grow(gradients: number, sampler: FeatureSampler): Promise<GrownTree> {
    const whole = await this.#scale.round(gradients);
    const { lo, hi } = this.#rows.restart();
    const root: GrowingNode = {
      id: 0,
      depth: 0,
      g: whole.g,
      h: whole.h,
      bounds: unbounded,
      path: [],
      lo,
      hi,
      histogram: 0,
      best: undefined,
    };
    const tree = new TreeBuilder(this.#value(root), root.h);
    const queue = new NodeQueue(this.#settings);
    const leaves = new Map<number, GrowingNode>([[0, root]]);
    const nodes = new Map<number, GrowingNode>([[0, root]]);
    const giveBack = (node: GrowingNode): void => {
      this.#histograms.giveBack(node.histogram);
      node.histogram = 0;
    };
    if (queue.mayGrow(0)) {
      await this.#build([root], whole);
      this.#searchPairs([{ first: root, second: undefined, part: 0 }], whole, sampler, 0);
      queue.push(root);
    }
    for (;;) {
      const batch = queue.next(this.#batch, giveBack);
      if (batch.length === 0) break;
      const split = batch.map((node) => this.#splitNode(tree, node));
      const growing = split.map(({ left }) => queue.mayGrow(left.depth));
      await this.#descend(batch, split, growing, whole, sampler);
      for (const [index, { left, right }] of split.entries()) {
        const parent = batch[index];
        if (parent !== undefined) leaves.delete(parent.id);
        for (const child of [left, right]) {
          leaves.set(child.id, child);
          nodes.set(child.id, child);
          if (growing[index] === true) queue.push(child);
        }
      }
    }
    return this.#finish(tree, leaves, nodes);
  }

  /** Rows of a leaf of the tree grown last. */
  rowsOf(leaf: Leaf): Generator<number> {
    return this.#rows.rowsOf(leaf.node);
  }

  /** Adds the tree grown last to the margins of the rows. */
  addTo({ tree, leaves }: GrownTree, margins: number, groups: number, group: number): void {
    this.#rows.addLeaves(
      leaves.map(({ id, node }) => ({ node, value: tree.valueOf(id) })),
      margins,
      groups,
      group,
    );
  }

  release(): void {
    this.#rows.release();
    this.#search.release();
    this.#histograms.release();
    this.#scale.release();
    if (this.#parts !== 0) this.#kernels.heap.free(this.#parts);
  }

  #finish(
    tree: TreeBuilder,
    leaves: ReadonlyMap<number, GrowingNode>,
    nodes: ReadonlyMap<number, GrowingNode>,
  ): GrownTree {
    for (const { histogram } of leaves.values()) this.#histograms.giveBack(histogram);
    if (this.#settings.method !== 'exact' || this.#settings.gamma === 0)
      return { tree, leaves: [...leaves].map(([id, node]) => ({ id, node })) };
    const kept = tree.prune(this.#settings.gamma, this.#settings.eta);
    return {
      tree,
      leaves: kept.flatMap((old, id) => {
        const node = nodes.get(old);
        return node !== undefined && tree.isLeaf(id) ? [{ id, node }] : [];
      }),
    };
  }

  #value({ g, h, bounds }: GrowingNode): number {
    return Math.fround(leafWeight(this.#settings, g, h, bounds) * Math.fround(this.#settings.eta));
  }

  #splitNode(tree: TreeBuilder, node: GrowingNode): { left: GrowingNode; right: GrowingNode } {
    const { best } = node;
    if (best === undefined) throw new Error('a node without a split was to be split');
    const { feature } = best;
    const sums = { left: { g: best.g, h: best.h }, right: { g: node.g - best.g, h: node.h - best.h } };
    const bounds = this.#childBounds(node, feature, sums);
    const path = node.path.includes(feature) ? node.path : [...node.path, feature];
    const child = (side: 'left' | 'right', id: number): GrowingNode => ({
      id,
      depth: node.depth + 1,
      ...sums[side],
      bounds: bounds[side],
      path,
      lo: node.lo.slice(),
      hi: node.hi.slice(),
      histogram: 0,
      best: undefined,
    });
    const id = tree.size;
    const left = child('left', id);
    const right = child('right', id + 1);
    tree.split(
      node.id,
      {
        feature,
        condition: this.#condition(node, best),
        missingLeft: best.missingLeft,
        categories: this.#categories(best),
        gain: best.gain,
        weight: leafWeight(this.#settings, node.g, node.h, node.bounds),
      },
      { value: this.#value(left), hessian: left.h },
      { value: this.#value(right), hessian: right.h },
    );
    return { left, right };
  }

  #categories({ feature, bits }: SplitCandidate): number[] | undefined {
    if (bits === undefined) return undefined;
    const count = this.#binned.counts.values[feature] ?? 0;
    return Array.from({ length: count }, (_, category) => category).filter(
      (category) => ((bits[category >>> 5] ?? 0) >>> (category & 31)) & 1,
    );
  }

  /** The exact method cuts in the middle between two values of the node's own rows. */
  #condition({ histogram }: GrowingNode, { feature, bin, bits }: SplitCandidate): number {
    if (bits !== undefined) return noCondition;
    const { cuts, offsets } = this.#binned;
    const first = cuts.starts[feature] ?? 0;
    const count = (cuts.starts[feature + 1] ?? 0) - first;
    if (bin < 0) return cuts.below[feature] ?? 0;
    if (cuts.points === undefined || histogram === 0) return cuts.values[first + bin] ?? 0;
    const words = this.#kernels.heap.viewInt32(histogram + (offsets.values[feature] ?? 0) * 16, count * 4);
    const empty = (at: number): boolean => words.subarray(4 * at, 4 * at + 4).every((word) => word === 0);
    let lower = bin;
    while (lower >= 0 && empty(lower)) lower--;
    let upper = bin + 1;
    while (upper < count && empty(upper)) upper++;
    if (lower < 0 || upper === count) return cuts.values[first + (lower < 0 ? 0 : count - 1)] ?? 0;
    return middle(cuts.points[first + lower] ?? 0, cuts.points[first + upper] ?? 0);
  }

  #childBounds(
    node: GrowingNode,
    feature: number,
    sums: Record<'left' | 'right', { readonly g: number; readonly h: number }>,
  ): Record<'left' | 'right', WeightBounds> {
    const direction = this.#settings.monotone[feature] ?? 0;
    if (direction === 0) return { left: node.bounds, right: node.bounds };
    const weight = (side: 'left' | 'right'): number =>
      leafWeight(this.#settings, sums[side].g, sums[side].h, node.bounds);
    const middle = Math.fround((weight('left') + weight('right')) / 2);
    const below = { lower: node.bounds.lower, upper: middle };
    const above = { lower: middle, upper: node.bounds.upper };
    return direction > 0 ? { left: below, right: above } : { left: above, right: below };
  }

  /** Splits the rows of the batch, and finds the best splits of the children that may grow. */
  async #descend(
    batch: readonly GrowingNode[],
    children: readonly { left: GrowingNode; right: GrowingNode }[],
    growing: readonly boolean[],
    whole: WholeGradients,
    sampler: FeatureSampler,
  ): Promise<void> {
    const steps: Step[] = [];
    const pairs: { first: GrowingNode; second: GrowingNode; step: number }[] = [];
    const rebuilt: SiblingPair[] = [];
    for (const [index, node] of batch.entries()) {
      const pair = children[index];
      if (pair === undefined) continue;
      const { left, right } = pair;
      const derive = growing[index] === true && node.histogram !== 0;
      const leftIsSmall = left.h <= right.h;
      const first = leftIsSmall ? left : right;
      const second = leftIsSmall ? right : left;
      if (derive) {
        first.histogram = this.#histograms.take();
        second.histogram = node.histogram;
        pairs.push({ first, second, step: index });
      } else {
        this.#histograms.giveBack(node.histogram);
        if (growing[index] === true)
          rebuilt.push(...[left, right].map((one) => ({ first: one, second: undefined, part: 0 })));
      }
      node.histogram = 0;
      const side = derive ? (leftIsSmall ? 'left' : 'right') : 'none';
      steps.push({ node, split: true, side, histogram: first.histogram });
    }
    const parts = this.#reserveParts(steps.length);
    const middles = this.#rows.run(steps, whole.pointer, parts, this.#histograms.bytes);
    for (const [index, middle] of middles.entries()) {
      children[index]?.left.hi.set(middle);
      children[index]?.right.lo.set(middle);
    }
    const { bytes } = this.#histograms;
    await this.#sumHosts(
      pairs.map(({ first, step }) => ({ node: first, part: parts + step * bytes })),
      steps.length,
    );
    if (pairs.length > 0)
      this.#searchPairs(
        pairs.map(({ first, second, step }) => ({ first, second, part: parts + step * bytes })),
        whole,
        sampler,
        steps.length,
      );
    if (rebuilt.length > 0) {
      await this.#build(
        rebuilt.map(({ first }) => first),
        whole,
      );
      this.#searchPairs(rebuilt, whole, sampler, 0);
    }
    if (!this.#histograms.plenty) this.#forget(children.flatMap(({ left, right }) => [left, right]));
  }

  /** Histograms of nodes on their own, complete. */
  async #build(nodes: readonly GrowingNode[], whole: WholeGradients): Promise<void> {
    const { bytes } = this.#histograms;
    for (let from = 0; from < nodes.length; from += this.#batch) {
      const some = nodes.slice(from, from + this.#batch);
      const steps = some.map((node): Step => {
        node.histogram = this.#histograms.take();
        return { node, split: false, side: 'all', histogram: node.histogram };
      });
      const parts = this.#reserveParts(steps.length);
      this.#rows.run(steps, whole.pointer, parts, bytes);
      await this.#sumHosts(
        some.map((node, step) => ({ node, part: parts + step * bytes })),
        steps.length,
        true,
      );
    }
  }

  /** Several hosts need the sums of each host's ranges before they add up their own; one host adds them when it searches, unless told. */
  async #sumHosts(built: readonly { node: GrowingNode; part: number }[], steps: number, always = false): Promise<void> {
    if (built.length === 0 || (this.#collective.size === 1 && !always)) return;
    const { bytes } = this.#histograms;
    const { totalBins } = this.#binned;
    for (const { node, part } of built)
      this.#kernels.pool.parallel('boosting', 'add_histograms', { items: totalBins, grain: 4096 }, [
        node.histogram,
        part,
        steps * bytes,
        this.#rows.ranges - 1,
      ]);
    if (this.#collective.size > 1)
      await this.#histograms.sum(
        built.map(({ node }) => node.histogram),
        this.#collective,
      );
  }

  /** `steps`: how many were taken together; 0 where histograms are complete. */
  #searchPairs(pairs: readonly SiblingPair[], whole: WholeGradients, sampler: FeatureSampler, steps: number): void {
    const complete = steps === 0 || this.#collective.size > 1;
    const parts = { count: complete ? 0 : this.#rows.ranges - 1, bytes: steps * this.#histograms.bytes };
    const mask = sampler.all
      ? undefined
      : (node: GrowingNode, into: Uint8Array): void => sampler.mask(node.depth, node.path, into);
    this.#search.search(pairs, whole.units, parts, mask);
  }

  /** Gives up histograms of nodes that wait. */
  #forget(nodes: readonly GrowingNode[]): void {
    for (const node of nodes) {
      this.#histograms.giveBack(node.histogram);
      node.histogram = 0;
    }
  }

  #reserveParts(steps: number): number {
    const bytes = (this.#rows.ranges - 1) * steps * this.#histograms.bytes;
    if (bytes <= this.#partsBytes) return this.#parts;
    if (this.#parts !== 0) this.#kernels.heap.free(this.#parts);
    this.#partsBytes = bytes;
    this.#parts = this.#kernels.heap.allocate(bytes);
    return this.#parts;
  }
}
