/** `model_algo-1`: three arrays in the NDArray container, `points`, `nodes` and `roots`. */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import { decodeArrays, encodeArrays, type NamedArray } from '../formats/ndarray.ts';

/** Whole numbers are kept as 32-bit floats, which hold them exactly up to 2^24. */
export interface ForestArtifact {
  readonly columns: number;
  /** The sampled rows: a matrix of `columns` numbers each, without padding. */
  readonly points: Float32Array;
  /**
   * Four numbers per node, tree after tree, each in preorder: the dimension that the node cuts, or -1 for a leaf; the value of the cut (what is not
   * greater goes left, which is the next node); the number of the right child, counted from the tree's first node, or of a leaf's point; and how
   * many sampled rows are below the node.
   */
  readonly nodes: Float32Array;
  /** The number of each tree's first node, and the number of all nodes. */
  readonly roots: Float32Array;
}

/** Numbers that a node has in {@link ForestArtifact.nodes}. */
export const NODE_NUMBERS = 4;

const file = 'model_algo-1';

export function writeArtifact(forest: ForestArtifact): ModelFiles {
  return new Map([[file, encodeForest(forest)]]);
}

/** Thrown when the artifact is not a forest, or a damaged one: ClientError. */
export function readArtifact(files: ModelFiles): ForestArtifact {
  const bytes = files.get(file);
  if (bytes === undefined) throw new ClientError(`the model has no file ${file}`);
  const forest = decodeForest(bytes);
  if (forest === undefined || !isSound(forest)) throw new ClientError(`file ${file} of the model holds no forest`);
  return forest;
}

export function encodeForest({ columns, points, nodes, roots }: ForestArtifact): Uint8Array {
  return encodeArrays([
    { name: 'points', shape: [points.length / columns, columns], values: points },
    { name: 'nodes', shape: [nodes.length / NODE_NUMBERS, NODE_NUMBERS], values: nodes },
    { name: 'roots', shape: [roots.length], values: roots },
  ]);
}

/** `undefined` when an array is missing or of another shape. */
export function decodeForest(bytes: Uint8Array): ForestArtifact | undefined {
  const arrays = new Map(decodeArrays(bytes, file).map((array) => [array.name, array]));
  const columns = arrays.get('points')?.shape[1] ?? 0;
  const points = valuesOf(arrays.get('points'), 2);
  const nodes = valuesOf(arrays.get('nodes'), 2);
  const roots = valuesOf(arrays.get('roots'), 1);
  if (points === undefined || nodes === undefined || roots === undefined || columns < 1) return undefined;
  return { columns, points, nodes, roots };
}

function valuesOf(array: NamedArray | undefined, dimensions: number): Float32Array | undefined {
  return array?.shape.length === dimensions ? array.values : undefined;
}

/** Kernels follow these numbers without looking: each must lead to where it may. */
function isSound({ columns, points, nodes, roots }: ForestArtifact): boolean {
  if (nodes.length % NODE_NUMBERS !== 0 || roots.length < 2 || roots[0] !== 0) return false;
  if (roots.at(-1) !== nodes.length / NODE_NUMBERS) return false;
  const pointCount = points.length / columns;
  for (let tree = 0; tree + 1 < roots.length; tree++) {
    const first = roots[tree] ?? 0;
    const count = (roots[tree + 1] ?? 0) - first;
    if (!(count >= 1)) return false;
    for (let node = 0; node < count; node++) {
      const [dimension = -2, , to = -1, mass = 0] = nodes.subarray((first + node) * NODE_NUMBERS);
      if (!isWhole(mass, 1, 1 << 15)) return false;
      if (
        dimension === -1
          ? !isWhole(to, 0, pointCount)
          : !isWhole(dimension, 0, columns) || !isWhole(to, node + 2, count)
      )
        return false;
    }
  }
  return true;
}

function isWhole(value: number, from: number, below: number): boolean {
  return Number.isInteger(value) && value >= from && value < below;
}
