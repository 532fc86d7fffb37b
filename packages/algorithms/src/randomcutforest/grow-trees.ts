/** Random cut trees over a sample of the rows. */
import type { Kernels } from '../kernels/kernels.ts';
import type { Random } from '../random.ts';
import { NODE_NUMBERS, type ForestArtifact } from './artifact.ts';
import { LEAF, NODE_WORDS } from './node-words.ts';
import type { Reservoir } from './reservoir.ts';

export interface GrowOptions {
  readonly trees: number;
  /** Rows under each tree; fewer when the reservoir has not so many. */
  readonly samplesPerTree: number;
  readonly columns: number;
  readonly random: Random;
}

/**
 * A cut's dimension is drawn in proportion to the length of that side of the points' box, its place anywhere along the side. Trees share nothing,
 * and each has random numbers of its own, so that the number of threads does not matter.
 */
export function growTrees(kernels: Kernels, reservoir: Reservoir, options: GrowOptions): ForestArtifact {
  const { heap, pool } = kernels;
  const { trees, columns, random } = options;
  const { stride } = reservoir;
  const samples = Math.min(options.samplesPerTree, reservoir.rows);
  const mostNodes = 2 * samples - 1;
  const members = heap.int32(trees * samples);
  drawMembers(members.values, reservoir.rows, samples, random);
  const states = heap.int32(trees * 2);
  states.values.set(Int32Array.from(states.values, () => random.uint32()));
  const nodes = heap.int32(trees * mostNodes * NODE_WORDS);
  const counts = heap.int32(trees);
  const scratchBytes = Math.ceil((2 * stride * 4 + 12 * (samples + 1)) / 64) * 64;
  const scratch = heap.allocate(trees * scratchBytes);
  pool.parallel('cutforest', 'grow_trees', { items: trees, grain: 1 }, [
    reservoir.pointer,
    stride,
    members.pointer,
    samples,
    states.pointer,
    nodes.pointer,
    counts.pointer,
    scratch,
    scratchBytes,
  ]);
  const points = heap.viewFloat32(reservoir.pointer, reservoir.rows * stride);
  const forest = {
    columns,
    points: withoutPadding(points, columns, stride),
    ...artifactNodes(heap.viewInt32(nodes.pointer, trees * mostNodes * NODE_WORDS), mostNodes, counts.values),
  };
  for (const { pointer } of [members, states, nodes, counts]) heap.free(pointer);
  heap.free(scratch);
  return forest;
}

/** Where there are enough rows, no two trees have one in common; else every tree draws its own from all. */
function drawMembers(members: Int32Array, rows: number, samples: number, random: Random): void {
  if (rows >= members.length) {
    members.set(random.sample(members.length, rows));
    return;
  }
  for (let at = 0; at < members.length; at += samples) members.set(random.sample(samples, rows), at);
}

/** The nodes as the artifact has them, without the room that trees with fewer nodes left. */
function artifactNodes(
  words: Int32Array,
  mostNodes: number,
  counts: Int32Array,
): Pick<ForestArtifact, 'nodes' | 'roots'> {
  const roots = new Float32Array(counts.length + 1);
  for (const [tree, count] of counts.entries()) roots[tree + 1] = (roots[tree] ?? 0) + count;
  const nodes = new Float32Array((roots.at(-1) ?? 0) * NODE_NUMBERS);
  const cuts = new Float32Array(words.buffer, words.byteOffset, words.length);
  for (const [tree, count] of counts.entries()) {
    for (let node = 0; node < count; node++) {
      const from = (tree * mostNodes + node) * NODE_WORDS;
      const to = ((roots[tree] ?? 0) + node) * NODE_NUMBERS;
      const head = words[from] ?? 0;
      const dimension = head & 0xffff;
      nodes[to] = dimension === LEAF ? -1 : dimension;
      nodes[to + 1] = cuts[from + 1] ?? 0;
      nodes[to + 2] = words[from + 2] ?? 0;
      nodes[to + 3] = head >>> 16;
    }
  }
  return { nodes, roots };
}

function withoutPadding(values: Float32Array, columns: number, stride: number): Float32Array {
  const rows = values.length / stride;
  const plain = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) plain.set(values.subarray(row * stride, row * stride + columns), row * columns);
  return plain;
}
