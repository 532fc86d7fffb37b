import { NODE_NUMBERS, type ForestArtifact } from './artifact.ts';

/** One forest of the trees of several, in their order; `undefined` when there is none. */
export function joinForests(forests: readonly ForestArtifact[]): ForestArtifact | undefined {
  const [first] = forests;
  if (first === undefined || forests.length === 1) return first;
  const { columns } = first;
  const points = joined(forests.map((forest) => forest.points));
  const nodes = joined(forests.map((forest) => forest.nodes));
  const roots = [0];
  let nodesBefore = 0;
  let pointsBefore = 0;
  for (const forest of forests) {
    for (
      let at = nodesBefore * NODE_NUMBERS;
      at < nodesBefore * NODE_NUMBERS + forest.nodes.length;
      at += NODE_NUMBERS
    ) {
      // Children count from their tree's first node, and so stay as they are; points count from the first of all.
      if (nodes[at] === -1) nodes[at + 2] = (nodes[at + 2] ?? 0) + pointsBefore;
    }
    for (const root of forest.roots.subarray(1)) roots.push(nodesBefore + root);
    nodesBefore += forest.nodes.length / NODE_NUMBERS;
    pointsBefore += forest.points.length / columns;
  }
  return { columns, points, nodes, roots: Float32Array.from(roots) };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
