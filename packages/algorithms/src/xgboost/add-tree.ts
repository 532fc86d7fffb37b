/** Adds what a tree says to the margins of rows. */
import type { Kernels } from '../kernels/kernels.ts';
import type { Tree } from './booster.ts';
import type { Scored } from './boosting.ts';
import { categorySets, categoryWords, writeCategories } from './category-sets.ts';

const grain = 4096;
/** Of a node that splits by categories, in the word of its left child. */
const byCategories = 0x40000000;

export function addTree(
  { heap, pool }: Kernels,
  tree: Tree,
  { data: { matrix }, margins }: Scored,
  place: { readonly groups: number; readonly group: number; readonly factor: number },
): void {
  const count = tree.leftChildren.length;
  const pointer = heap.allocate(count * 16);
  const bits = heap.allocate(categoryWords(tree) * 4);
  const words = heap.viewInt32(pointer, count * 4);
  const conditions = heap.viewFloat32(pointer, count * 4);
  for (let node = 0; node < count; node++) {
    const missingLeft = tree.defaultLeft[node] === 1 ? 0x80000000 : 0;
    words[node * 4] = tree.leftChildren[node] ?? -1;
    words[node * 4 + 1] = (tree.splitIndices[node] ?? 0) | missingLeft;
    conditions[node * 4 + 2] = tree.splitConditions[node] ?? 0;
    words[node * 4 + 3] = tree.rightChildren[node] ?? -1;
  }
  const view = new DataView(heap.memory.buffer);
  let free = bits;
  for (const [node, set] of categorySets(tree)) {
    words[node * 4] = (words[node * 4] ?? 0) | byCategories;
    words[node * 4 + 2] = free;
    free = writeCategories(view, free, set);
  }
  const { groups, group, factor } = place;
  const rows =
    matrix.kind === 'dense'
      ? [matrix.values.pointer, matrix.stride, matrix.columns]
      : [matrix.indices.pointer, matrix.values.pointer, matrix.starts.pointer];
  pool.parallel(
    'gradients',
    matrix.kind === 'dense' ? 'add_tree_dense' : 'add_tree_sparse',
    { items: matrix.rows, grain: Math.max(grain, Math.ceil(matrix.rows / 16_000)) },
    [pointer, factor, ...rows, margins.pointer, groups, group],
  );
  heap.free(bits);
  heap.free(pointer);
}
