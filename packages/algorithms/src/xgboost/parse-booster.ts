/** The document of a model file as a booster. */
import { isObjectiveName, objectiveNames } from './link.ts';
import type { Booster, BoosterObjective, Ensemble, TreeEnsemble } from './booster.ts';
import type { ModelFields } from './model-fields.ts';
import { parseTree } from './parse-tree.ts';

export function parseBooster(document: ModelFields): Booster {
  const learner = document.object('learner');
  const parameters = learner.object('learner_model_param');
  const numClass = parameters.count('num_class', 0);
  const groups = Math.max(1, numClass, parameters.count('num_target', 1));
  const numFeature = parameters.count('num_feature');
  return {
    objective: parseObjective(learner.object('objective')),
    baseScore: parseBaseScore(parameters, groups),
    numFeature,
    numClass,
    attributes: learner.has('attributes') ? learner.object('attributes').strings() : {},
    featureNames: learner.texts('feature_names'),
    featureTypes: learner.texts('feature_types'),
    ensemble: parseEnsemble(learner.object('gradient_booster'), groups, numFeature),
  };
}

function parseObjective(fields: ModelFields): BoosterObjective {
  const name = fields.text('name');
  if (!isObjectiveName(name))
    throw fields.problem(
      'name',
      `is '${name}', an objective that is not known here. Known: ${objectiveNames.join(', ')}`,
    );
  const parameters = fields.keys().filter((key) => key !== 'name');
  return { name, parameters: Object.fromEntries(parameters.map((key) => [key, fields.object(key).strings()])) };
}

/** `5E-1` before version 3.1, then `[5E-1]` with a number per output. */
function parseBaseScore(parameters: ModelFields, groups: number): Float32Array {
  const text = parameters.text('base_score').trim();
  const scores = text
    .replace(/^\[(.*)\]$/, '$1')
    .split(',')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (scores.some(Number.isNaN) || (scores.length !== 1 && scores.length !== groups))
    throw parameters.problem('base_score', `is '${text}' for ${groups} outputs`);
  return Float32Array.from({ length: groups }, (_, group) => scores[scores.length === 1 ? 0 : group] ?? 0);
}

function parseEnsemble(fields: ModelFields, groups: number, numFeature: number): Ensemble {
  const name = fields.text('name');
  switch (name) {
    case 'gbtree':
      return parseTrees(fields.object('model'), 'gbtree', groups, numFeature);
    case 'dart': {
      const ensemble = parseTrees(fields.object('gbtree').object('model'), 'dart', groups, numFeature);
      const weightDrop = fields.floats('weight_drop');
      if (weightDrop.length !== ensemble.trees.length)
        throw fields.problem('weight_drop', `has ${weightDrop.length} weights for ${ensemble.trees.length} trees`);
      return { ...ensemble, weightDrop };
    }
    case 'gblinear': {
      const model = fields.object('model');
      const weights = model.floats('weights');
      const expected = (numFeature + 1) * groups;
      if (weights.length !== expected)
        throw model.problem('weights', `has ${weights.length} numbers, expected ${expected}`);
      return { kind: 'gblinear', weights, boostedRounds: model.count('boosted_rounds', 0) };
    }
    default:
      throw fields.problem('name', `is '${name}', not gbtree, dart or gblinear`);
  }
}

function parseTrees(model: ModelFields, kind: TreeEnsemble['kind'], groups: number, numFeature: number): TreeEnsemble {
  const trees = model.objects('trees').map((fields) => parseTree(fields, numFeature));
  const treeGroups = model.integers('tree_info');
  if (treeGroups.length !== trees.length || treeGroups.some((group) => group < 0 || group >= groups))
    throw model.problem('tree_info', `does not fit ${trees.length} trees with ${groups} outputs`);
  const numParallelTree = Math.max(1, model.object('gbtree_model_param').count('num_parallel_tree', 1));
  const iterationStarts = model.has('iteration_indptr')
    ? model.integers('iteration_indptr')
    : everyRound(trees.length, groups * numParallelTree);
  const ascending = iterationStarts.every((start, index) => index === 0 || start >= (iterationStarts[index - 1] ?? 0));
  if (!ascending || iterationStarts[0] !== 0 || iterationStarts.at(-1) !== trees.length)
    throw model.problem('iteration_indptr', `does not fit ${trees.length} trees`);
  return { kind, trees, treeGroups, iterationStarts, numParallelTree, weightDrop: new Float32Array(0) };
}

/** Versions before 2.0 do not write it. */
function everyRound(trees: number, perRound: number): Int32Array {
  return Int32Array.from({ length: Math.ceil(trees / perRound) + 1 }, (_, round) => Math.min(trees, round * perRound));
}
