/** Trees in kernel memory, in the form that `assembly/trees.ts` walks: few bytes per node, children side by side, features by the place they have in a row. */
import type { Kernels } from '../kernels/kernels.ts';
import type { Tree, TreeEnsemble } from './booster.ts';
import { categorySets, categoryWords, writeCategories } from './category-sets.ts';

export interface CompiledTrees {
  /** Pointer to the table of trees. */
  readonly trees: number;
  readonly count: number;
  /** The features that any of the trees asks for, ascending: a row in kernel memory holds these and no other. */
  readonly features: Int32Array;
}

const nodeBytes = 16;
const treeBytes = 16;
/** Beyond this many steps more than a balanced tree needs, waiting for the longest walk costs more than several rows at once save. */
const unevenSteps = 4;

/** `count`: trees from the first one on. The memory belongs to `kernels` and lives as long as these. */
export function compileTrees(kernels: Kernels, ensemble: TreeEnsemble, count: number): CompiledTrees {
  const trees = ensemble.trees.slice(0, count);
  const orders = trees.map(breadthFirst);
  const features = usedFeatures(trees, orders);
  const placeOf = new Map(Array.from(features, (feature, place) => [feature, place]));
  const nodes = orders.reduce((sum, order) => sum + order.nodes.length, 0);
  const words = trees.reduce((sum, tree) => sum + categoryWords(tree), 0);
  const { heap } = kernels;
  const table = heap.allocate(Math.max(1, count) * treeBytes);
  const writer: Writer = {
    placeOf,
    node: heap.allocate(nodes * nodeBytes),
    bits: heap.allocate(Math.max(1, words) * 4),
    view: new DataView(heap.memory.buffer),
  };
  for (const [index, tree] of trees.entries()) {
    const order = orders[index];
    if (order === undefined) break;
    const { view } = writer;
    const at = table + index * treeBytes;
    const leaves = (order.nodes.length + 1) / 2;
    const even = order.steps <= Math.log2(leaves) + unevenSteps;
    const kind = tree.splitType.includes(1) ? 2 : even ? 0 : 1;
    view.setUint32(at, writer.node, true);
    view.setInt32(at + 4, order.steps, true);
    view.setInt32(at + 8, ensemble.treeGroups[index] ?? 0, true);
    view.setInt32(at + 12, kind, true);
    writeTree(tree, order, ensemble.kind === 'dart' ? (ensemble.weightDrop[index] ?? 1) : 1, writer);
  }
  return { trees: table, count: trees.length, features };
}

interface Order {
  /** Numbers of the nodes, level by level, brothers side by side. */
  readonly nodes: Int32Array;
  readonly steps: number;
}

interface Writer {
  readonly placeOf: ReadonlyMap<number, number>;
  readonly view: DataView;
  /** Where the next node, and the next set of categories, go. */
  node: number;
  bits: number;
}

function breadthFirst({ leftChildren, rightChildren }: Tree): Order {
  const nodes = [0];
  let steps = -1;
  for (let start = 0, end = 1; start < end; start = end, end = nodes.length) {
    steps++;
    for (let at = start; at < end; at++) {
      const node = nodes[at] ?? 0;
      if (leftChildren[node] !== -1) nodes.push(leftChildren[node] ?? 0, rightChildren[node] ?? 0);
    }
  }
  return { nodes: Int32Array.from(nodes), steps };
}

function usedFeatures(trees: readonly Tree[], orders: readonly Order[]): Int32Array {
  const used = new Set<number>();
  for (const [index, { leftChildren, splitIndices }] of trees.entries())
    for (const node of orders[index]?.nodes ?? []) if (leftChildren[node] !== -1) used.add(splitIndices[node] ?? 0);
  return Int32Array.from(used).toSorted();
}

function writeTree(tree: Tree, order: Order, weight: number, writer: Writer): void {
  const { view, placeOf } = writer;
  const root = writer.node;
  const sets = categorySets(tree);
  let children = root + nodeBytes;
  for (const node of order.nodes) {
    const at = writer.node;
    writer.node += nodeBytes;
    const condition = tree.splitConditions[node] ?? 0;
    if (tree.leftChildren[node] === -1) {
      view.setFloat32(at, Number.NaN, true);
      view.setUint32(at + 4, 0, true);
      view.setUint32(at + 8, at, true);
      view.setFloat32(at + 12, condition * weight, true);
      continue;
    }
    const categories = tree.splitType[node] === 1 ? sets.get(node) : undefined;
    const categorical = categories !== undefined;
    const place = placeOf.get(tree.splitIndices[node] ?? 0) ?? 0;
    view.setFloat32(at, categorical ? Number.NaN : condition, true);
    view.setUint32(at + 4, place * 4 + (categorical ? 2 : 0) + (tree.defaultLeft[node] === 1 ? 0 : 1), true);
    view.setUint32(at + 8, children, true);
    if (categorical) {
      view.setUint32(at + 12, writer.bits, true);
      writer.bits = writeCategories(view, writer.bits, categories);
    } else view.setFloat32(at + 12, 0, true);
    children += 2 * nodeBytes;
  }
}
