/** Trees that no training made: of any form, with missing values sent either way and, if asked for, categories. */
import type { Random } from '../../random.ts';
import type { Booster, Tree } from '../booster.ts';

export interface RandomForest {
  readonly trees: number;
  readonly features: number;
  /** Splits per tree. */
  readonly splits: number;
  readonly groups?: number;
  /** `chain` grows one long path, `even` splits any leaf. */
  readonly form?: 'chain' | 'even';
  readonly categories?: boolean;
}

export function randomBooster(random: Random, forest: RandomForest): Booster {
  const { trees, features, groups = 1 } = forest;
  return {
    objective: { name: 'reg:squarederror', parameters: { reg_loss_param: { scale_pos_weight: '1' } } },
    baseScore: Float32Array.from({ length: groups }, () => random.normal()),
    numFeature: features,
    numClass: 0,
    attributes: {},
    featureNames: [],
    featureTypes: [],
    ensemble: {
      kind: 'gbtree',
      trees: Array.from({ length: trees }, () => randomTree(random, forest)),
      treeGroups: Int32Array.from({ length: trees }, (_, tree) => tree % groups),
      iterationStarts: Int32Array.from({ length: trees / groups + 1 }, (_, round) => round * groups),
      numParallelTree: 1,
      weightDrop: new Float32Array(0),
    },
  };
}

function randomTree(random: Random, { features, splits, form = 'even', categories = false }: RandomForest): Tree {
  const nodes = 2 * splits + 1;
  const leftChildren = new Int32Array(nodes).fill(-1);
  const rightChildren = new Int32Array(nodes).fill(-1);
  const parents = new Int32Array(nodes).fill(0x7fff_ffff);
  const splitType = new Uint8Array(nodes);
  const sets: number[][] = [];
  const leaves = [0];
  for (let next = 1; next < nodes; next += 2) {
    const node = leaves.splice(form === 'chain' ? leaves.length - 1 : random.below(leaves.length), 1)[0] ?? 0;
    leftChildren[node] = next;
    rightChildren[node] = next + 1;
    parents.fill(node, next, next + 2);
    leaves.push(next, next + 1);
    if (!categories || random.below(2) === 0) continue;
    splitType[node] = 1;
    sets[node] = Array.from({ length: 70 }, (_, category) => category).filter(() => random.below(3) === 0);
  }
  const categorical = [...splitType.keys()].filter((node) => splitType[node] === 1);
  const sizes = categorical.map((node) => sets[node]?.length ?? 0);
  return {
    leftChildren,
    rightChildren,
    parents,
    splitIndices: leftChildren.map((left) => (left === -1 ? 0 : random.below(features))),
    splitConditions: Float32Array.from(leftChildren, () => random.normal()),
    defaultLeft: Uint8Array.from(leftChildren, () => random.below(2)),
    baseWeights: new Float32Array(nodes),
    lossChanges: new Float32Array(nodes),
    sumHessian: new Float32Array(nodes),
    splitType,
    categoriesNodes: Int32Array.from(categorical),
    categoriesSegments: Int32Array.from(sizes, (_, index) =>
      sizes.slice(0, index).reduce((sum, size) => sum + size, 0),
    ),
    categoriesSizes: Int32Array.from(sizes),
    categories: Int32Array.from(categorical.flatMap((node) => sets[node] ?? [])),
  };
}
