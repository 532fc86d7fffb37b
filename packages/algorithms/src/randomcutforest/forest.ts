/** A forest in kernel memory, ready to score rows. */
import { rowStride, type Kernels } from '../kernels/kernels.ts';
import { NODE_NUMBERS, type ForestArtifact } from './artifact.ts';
import { LEAF, NODE_WORDS } from './node-words.ts';

/** Rows that a block scores: enough to use a tree often while it is in the cache. */
const BLOCK_ROWS = 64;
/** Rows that are scored in one parallel-for, which bounds the room for paths. */
const MOST_ROWS = 16_384;

/**
 * Scores as Amazon's own implementation of the method does: for each tree, the expected score of the node at which a random cut would part the row
 * from the sampled rows, 1 / (depth + 1); or, where the row is one of them, 1 / (depth + log2(copies + 1)), damped by its copies' share of the tree.
 * Scaled by log2(samples + 1), and the mean over the trees.
 */
export class Forest {
  readonly columns: number;
  readonly stride: number;
  readonly #kernels: Kernels;
  readonly #trees: number;
  readonly #points: number;
  readonly #nodes: number;
  readonly #roots: number;
  readonly #boxes: number;
  readonly #sizes: number;
  readonly #logs: number;
  readonly #pathBytes: number;

  constructor(kernels: Kernels, { columns, points, nodes, roots }: ForestArtifact) {
    const { heap, pool } = kernels;
    this.#kernels = kernels;
    this.columns = columns;
    this.stride = rowStride(columns);
    this.#trees = roots.length - 1;
    const pointArray = heap.float32((points.length / columns) * this.stride);
    pad(points, columns, pointArray.values, this.stride);
    this.#points = pointArray.pointer;
    const rootArray = heap.int32(roots.length);
    rootArray.values.set(roots);
    this.#roots = rootArray.pointer;
    const nodeArray = heap.int32(nodes.length);
    const { boxes, mostMass } = fillNodes(nodes, nodeArray.values);
    this.#nodes = nodeArray.pointer;
    this.#boxes = heap.allocate(boxes * 2 * this.stride * 4);
    this.#sizes = heap.allocate(boxes * 8);
    const logs = heap.float64(mostMass + 1);
    logs.values.set(Float64Array.from(logs.values, (_, mass) => Math.log2(mass + 1)));
    this.#logs = logs.pointer;
    this.#pathBytes = Math.ceil((mostMass * 4) / 64) * 64;
    pool.parallel('cutforest', 'bound_trees', { items: this.#trees, grain: 1 }, [
      this.#nodes,
      this.#roots,
      this.#points,
      this.stride,
      this.#boxes,
      this.#sizes,
    ]);
  }

  /** `rows`: pointer to `count` rows in kernel memory, padded. */
  score(rows: number, count: number): Float64Array {
    const { heap, pool } = this.#kernels;
    const all = new Float64Array(count);
    const size = Math.min(count, MOST_ROWS);
    const scores = heap.float64(size);
    const paths = heap.allocate(Math.ceil(size / BLOCK_ROWS) * this.#pathBytes);
    for (let first = 0; first < count; first += MOST_ROWS) {
      const items = Math.min(MOST_ROWS, count - first);
      pool.parallel('cutforest', 'score_rows', { items, grain: BLOCK_ROWS }, [
        rows + first * this.stride * 4,
        this.stride,
        this.#nodes,
        this.#roots,
        this.#trees,
        this.#points,
        this.#boxes,
        this.#sizes,
        this.#logs,
        scores.pointer,
        paths,
        this.#pathBytes,
      ]);
      all.set(scores.values.subarray(0, items), first);
    }
    heap.free(scores.pointer);
    heap.free(paths);
    return all;
  }

  release(): void {
    for (const pointer of [this.#points, this.#nodes, this.#roots, this.#boxes, this.#sizes, this.#logs])
      this.#kernels.heap.free(pointer);
  }
}

/** Bytes that a forest takes at most: its points, and a box for all of them but one in every tree. */
export function forestBytes(trees: number, samples: number, columns: number): number {
  return trees * samples * (3 * rowStride(columns) * 4 + 2 * NODE_WORDS * 4 + 8);
}

/** The nodes as the kernels have them, with a box for each that is not a leaf. */
function fillNodes(nodes: Float32Array, words: Int32Array): { readonly boxes: number; readonly mostMass: number } {
  const cuts = new Float32Array(words.buffer, words.byteOffset, words.length);
  let boxes = 0;
  let mostMass = 0;
  for (let at = 0; at < nodes.length; at += NODE_NUMBERS) {
    const isLeaf = nodes[at] === -1;
    const mass = nodes[at + 3] ?? 0;
    mostMass = Math.max(mostMass, mass);
    words[at] = (mass << 16) | (isLeaf ? LEAF : (nodes[at] ?? 0));
    cuts[at + 1] = nodes[at + 1] ?? 0;
    words[at + 2] = nodes[at + 2] ?? 0;
    words[at + 3] = isLeaf ? -1 : boxes++;
  }
  return { boxes, mostMass };
}

/** Copies rows of `columns` numbers to where each begins `stride` numbers after the one before. */
export function pad(values: Float32Array, columns: number, into: Float32Array, stride: number): void {
  for (let row = 0; row * columns < values.length; row++)
    into.set(values.subarray(row * columns, (row + 1) * columns), row * stride);
}
