/**
 * An XGBoost model in memory: plain arrays in the order and with the meaning of XGBoost's own JSON model.
 * Training writes it, the model file and prediction read it.
 */
export type Booster = {
  objective: BoosterObjective;
  /** What every prediction starts from, one number per output group, in the units of the objective's answer (XGBoost 3 form). */
  baseScore: Float32Array;
  /** Features of the training data; trees may name features below it only. */
  numFeature: number;
  /** Classes of a multi-class objective, else 0, as in `learner_model_param`. */
  numClass: number;
  /** What XGBoost keeps beside a model, such as `best_iteration` and `best_score`. */
  attributes: Record<string, string>;
  featureNames: string[];
  /** `q`, `int`, `float`, `i` or `c` (categorical) per feature; empty where the data named none. */
  featureTypes: string[];
  ensemble: Ensemble;
};

/** An objective with the parameters that XGBoost stores beside it, such as `reg_loss_param: { scale_pos_weight: '1' }`. */
export type BoosterObjective = { name: string; parameters: Record<string, Record<string, string>> };

export type Ensemble = TreeEnsemble | LinearEnsemble;

/** Trees (`gbtree`), or trees with a weight each (`dart`). */
export type TreeEnsemble = {
  kind: 'gbtree' | 'dart';
  trees: Tree[];
  /** The output group (class) of each tree. */
  treeGroups: Int32Array;
  /** Index of the first tree of every round, then the number of trees: rounds + 1 numbers. */
  iterationStarts: Int32Array;
  /** Trees that grow in a round for one group; 1 for boosting. */
  numParallelTree: number;
  /** The weight of each tree of `dart`; empty for `gbtree`. */
  weightDrop: Float32Array;
};

/** A linear model: `weights[feature * groups + group]`, then one bias per group. */
export type LinearEnsemble = { kind: 'gblinear'; weights: Float32Array; boostedRounds: number };

/** A regression tree as arrays over its nodes; node 0 is the root. */
export type Tree = {
  /** The left child of a node, -1 for a leaf. */
  leftChildren: Int32Array;
  rightChildren: Int32Array;
  /** The parent of a node; 2147483647 for the root, as in XGBoost's files. */
  parents: Int32Array;
  /** The feature a node splits on; 0 for a leaf. */
  splitIndices: Int32Array;
  /** A value below the condition goes left. For a leaf it is the value that the leaf adds to the score. */
  splitConditions: Float32Array;
  /** 1 where a missing value goes left. */
  defaultLeft: Uint8Array;
  /** The weight a node would have as a leaf, before shrinkage (inner nodes) or with it (leaves). */
  baseWeights: Float32Array;
  /** The gain of a node's split; 0 for a leaf. */
  lossChanges: Float32Array;
  /** The sum of second derivatives of the rows that reached a node in training. */
  sumHessian: Float32Array;
  /** 1 where a node splits on categories. */
  splitType: Uint8Array;
  /** The nodes that split on categories, in ascending order; the n-th has its categories in `categories` from `categoriesSegments[n]`, `categoriesSizes[n]` of them. */
  categoriesNodes: Int32Array;
  categoriesSegments: Int32Array;
  categoriesSizes: Int32Array;
  /** Categories that go right. */
  categories: Int32Array;
};

/** How many margins a model has for one row: the classes of a multi-class objective, the targets of others, else 1. */
export function groupsOf(booster: Pick<Booster, 'baseScore'>): number {
  return booster.baseScore.length;
}

/** Rounds of training that a model holds. */
export function roundsOf(ensemble: Ensemble): number {
  return ensemble.kind === 'gblinear' ? ensemble.boostedRounds : ensemble.iterationStarts.length - 1;
}
