/** A tree while it grows. */
import type { Tree } from './booster.ts';
import { packCategories } from './category-sets.ts';

/** What XGBoost writes as the parent of a root. */
const noParent = 2_147_483_647;

export interface NodeSplit {
  readonly feature: number;
  readonly condition: number;
  readonly missingLeft: boolean;
  /** Those that go right, ascending, where it splits by categories. */
  readonly categories: readonly number[] | undefined;
  readonly gain: number;
  /** The weight of the node, before shrinkage. */
  readonly weight: number;
}

interface Node {
  left: number;
  right: number;
  parent: number;
  feature: number;
  condition: number;
  missingLeft: boolean;
  categories: readonly number[] | undefined;
  weight: number;
  gain: number;
  hessian: number;
}

export class TreeBuilder {
  #nodes: Node[];

  /** `value`: of the root as a leaf. */
  constructor(value: number, hessian: number) {
    this.#nodes = [leaf(noParent, value, hessian)];
  }

  get size(): number {
    return this.#nodes.length;
  }

  /** Values are those of leaves, with shrinkage. Returns the left child; the right one follows it. */
  split(
    id: number,
    split: NodeSplit,
    left: { value: number; hessian: number },
    right: { value: number; hessian: number },
  ): number {
    const node = this.#node(id);
    const child = this.#nodes.length;
    Object.assign(node, split, { left: child, right: child + 1 });
    this.#nodes.push(leaf(id, left.value, left.hessian), leaf(id, right.value, right.hessian));
    return child;
  }

  isLeaf(id: number): boolean {
    return this.#node(id).left < 0;
  }

  valueOf(id: number): number {
    return this.#node(id).condition;
  }

  setValue(id: number, value: number): void {
    Object.assign(this.#node(id), { condition: value, weight: value });
  }

  /** Makes leaves of splits, from below, that gain less than `gamma`. Returns the ids of the nodes that are left, by their new id. */
  prune(gamma: number, eta: number): number[] {
    const collapse = (id: number): boolean => {
      const node = this.#node(id);
      if (node.left < 0) return true;
      const both = [collapse(node.left), collapse(node.right)].every(Boolean);
      if (!both || node.gain >= gamma) return false;
      const value = Math.fround(node.weight * eta);
      Object.assign(node, {
        left: -1,
        right: -1,
        feature: 0,
        gain: 0,
        missingLeft: false,
        categories: undefined,
        condition: value,
        weight: value,
      });
      return true;
    };
    collapse(0);
    const kept = this.#reachable();
    const places = new Map(kept.map((id, place) => [id, place]));
    this.#nodes = kept.map((id) => {
      const node = this.#node(id);
      const moved = (at: number, none: number): number => places.get(at) ?? none;
      return {
        ...node,
        left: moved(node.left, -1),
        right: moved(node.right, -1),
        parent: moved(node.parent, noParent),
      };
    });
    return kept;
  }

  build(): Tree {
    const nodes = this.#nodes;
    return {
      leftChildren: Int32Array.from(nodes, (node) => node.left),
      rightChildren: Int32Array.from(nodes, (node) => node.right),
      parents: Int32Array.from(nodes, (node) => node.parent),
      splitIndices: Int32Array.from(nodes, (node) => node.feature),
      splitConditions: Float32Array.from(nodes, (node) => node.condition),
      defaultLeft: Uint8Array.from(nodes, (node) => (node.missingLeft ? 1 : 0)),
      baseWeights: Float32Array.from(nodes, (node) => node.weight),
      lossChanges: Float32Array.from(nodes, (node) => node.gain),
      sumHessian: Float32Array.from(nodes, (node) => node.hessian),
      ...packCategories(nodes.map(({ categories }) => categories)),
    };
  }

  #reachable(): number[] {
    const ids = [0];
    for (let at = 0; at < ids.length; at++) {
      const { left, right } = this.#node(ids[at] ?? 0);
      if (left >= 0) ids.push(left, right);
    }
    return ids.toSorted((a, b) => a - b);
  }

  #node(id: number): Node {
    const node = this.#nodes[id];
    if (node === undefined) throw new RangeError(`the tree has no node ${id}`);
    return node;
  }
}

function leaf(parent: number, value: number, hessian: number): Node {
  return {
    left: -1,
    right: -1,
    parent,
    feature: 0,
    condition: value,
    missingLeft: false,
    categories: undefined,
    weight: value,
    gain: 0,
    hessian,
  };
}
