/** A booster as the document that XGBoost 3 writes. https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html */
import { groupsOf, type Booster, type LinearEnsemble, type Tree, type TreeEnsemble } from './booster.ts';
import { float32Text } from './float32-text.ts';
import { Float32List, Int64List, type UbjsonValue } from './ubjson.ts';

type Fields = Record<string, UbjsonValue>;

export function modelDocument(booster: Booster): Fields {
  const groups = groupsOf(booster);
  return {
    learner: {
      attributes: booster.attributes,
      feature_names: booster.featureNames,
      feature_types: booster.featureTypes,
      gradient_booster: gradientBooster(booster),
      learner_model_param: {
        base_score: baseScoreText(booster.baseScore),
        boost_from_average: '1',
        num_class: String(booster.numClass),
        num_feature: String(booster.numFeature),
        num_target: String(booster.numClass > 0 ? 1 : groups),
      },
      objective: { name: booster.objective.name, ...booster.objective.parameters },
    },
    version: [3, 2, 0],
  };
}

/** One number where one is enough: earlier versions know no list. */
function baseScoreText(scores: Float32Array): string {
  const texts = Array.from(scores, float32Text);
  return texts.every((text) => text === texts[0]) ? (texts[0] ?? '0') : `[${texts.join(',')}]`;
}

function gradientBooster({ ensemble, numFeature }: Booster): Fields {
  if (ensemble.kind === 'gblinear') return { model: linearModel(ensemble), name: 'gblinear' };
  const trees = { model: treeModel(ensemble, numFeature), name: 'gbtree' };
  return ensemble.kind === 'gbtree'
    ? trees
    : { gbtree: trees, name: 'dart', weight_drop: new Float32List(ensemble.weightDrop) };
}

function linearModel({ boostedRounds, weights }: LinearEnsemble): Fields {
  return { boosted_rounds: boostedRounds, weights };
}

function treeModel(ensemble: TreeEnsemble, numFeature: number): Fields {
  return {
    cats: { enc: [], feature_segments: new Int32Array(0), sorted_idx: new Int32Array(0) },
    gbtree_model_param: {
      num_parallel_tree: String(ensemble.numParallelTree),
      num_trees: String(ensemble.trees.length),
    },
    iteration_indptr: numbers(ensemble.iterationStarts),
    tree_info: numbers(ensemble.treeGroups),
    trees: ensemble.trees.map((tree, id) => treeFields(tree, id, numFeature)),
  };
}

/** What XGBoost marks nodes with that pruning has cut off. */
const deletedNode = 0x7fff_ffff;

function treeFields(tree: Tree, id: number, numFeature: number): Fields {
  return {
    base_weights: tree.baseWeights,
    categories: tree.categories,
    categories_nodes: tree.categoriesNodes,
    categories_segments: new Int64List(tree.categoriesSegments),
    categories_sizes: new Int64List(tree.categoriesSizes),
    default_left: tree.defaultLeft,
    id,
    left_children: tree.leftChildren,
    loss_changes: tree.lossChanges,
    parents: tree.parents,
    right_children: tree.rightChildren,
    split_conditions: tree.splitConditions,
    split_indices: tree.splitIndices,
    split_type: tree.splitType,
    sum_hessian: tree.sumHessian,
    tree_param: {
      num_deleted: String(tree.splitIndices.filter((feature) => feature === deletedNode).length),
      num_feature: String(numFeature),
      num_nodes: String(tree.leftChildren.length),
      size_leaf_vector: '1',
    },
  };
}

/** A list of single numbers, where XGBoost takes no typed array. */
function numbers(values: Int32Array): UbjsonValue {
  return Array.from(values);
}
