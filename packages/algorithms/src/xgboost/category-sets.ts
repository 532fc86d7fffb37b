/** The categories that go right at the splits of a tree: in the form of XGBoost's files, as sets, and in kernel memory. */
import type { Tree } from './booster.ts';

type PackedCategories = Pick<
  Tree,
  'splitType' | 'categoriesNodes' | 'categoriesSegments' | 'categoriesSizes' | 'categories'
>;

/** `sets`: of each node its categories, ascending; undefined where it does not split by categories. */
export function packCategories(sets: readonly (ArrayLike<number> | undefined)[]): PackedCategories {
  const nodes = [...sets.keys()].filter((node) => sets[node] !== undefined);
  const sizes = nodes.map((node) => sets[node]?.length ?? 0);
  const starts = [0];
  for (const size of sizes) starts.push((starts.at(-1) ?? 0) + size);
  return {
    splitType: Uint8Array.from(sets, (set) => (set === undefined ? 0 : 1)),
    categoriesNodes: Int32Array.from(nodes),
    categoriesSegments: Int32Array.from(starts.slice(0, -1)),
    categoriesSizes: Int32Array.from(sizes),
    categories: Int32Array.from(nodes.flatMap((node) => Array.from(sets[node] ?? []))),
  };
}

/** By the node that splits on them. */
export function categorySets(tree: Tree): Map<number, Int32Array> {
  const { categories, categoriesNodes, categoriesSegments, categoriesSizes } = tree;
  return new Map(
    Array.from(categoriesNodes, (node, index) => {
      const start = categoriesSegments[index] ?? 0;
      return [node, categories.subarray(start, start + (categoriesSizes[index] ?? 0))];
    }),
  );
}

/** Numbers of 32 bits that the sets of a tree take in kernel memory. */
export function categoryWords(tree: Tree): number {
  return categorySets(tree)
    .values()
    .reduce((words, set) => words + 1 + wordsFor(set), 0);
}

/** Writes a set at `pointer`: its number of words, then bits. Returns where the next one goes. */
export function writeCategories(view: DataView, pointer: number, set: Int32Array): number {
  const words = new Int32Array(wordsFor(set));
  for (const category of set) words[category >>> 5] = (words[category >>> 5] ?? 0) | (1 << (category & 31));
  view.setUint32(pointer, words.length, true);
  for (const [index, word] of words.entries()) view.setInt32(pointer + 4 + index * 4, word, true);
  return pointer + 4 + words.length * 4;
}

function wordsFor(set: Int32Array): number {
  return set.reduce((words, category) => Math.max(words, (category >>> 5) + 1), 0);
}
