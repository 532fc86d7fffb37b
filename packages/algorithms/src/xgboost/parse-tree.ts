/** One tree of a model file, checked so that a walk from its root always ends at a leaf. */
import type { Tree } from './booster.ts';
import type { ModelFields } from './model-fields.ts';

export function parseTree(fields: ModelFields, numFeature: number): Tree {
  if (fields.object('tree_param').count('size_leaf_vector', 0) > 1)
    throw fields.problem(
      'tree_param.size_leaf_vector',
      'is more than 1: trees with several outputs each (multi_output_tree) are not supported',
    );
  const leftChildren = fields.integers('left_children');
  const nodes = leftChildren.length;
  const hasCategories = fields.has('categories_nodes');
  const integers = (key: string): Int32Array => (hasCategories ? fields.integers(key) : new Int32Array(0));
  const tree: Tree = {
    leftChildren,
    rightChildren: fields.integers('right_children'),
    parents: fields.integers('parents'),
    splitIndices: fields.integers('split_indices'),
    splitConditions: fields.floats('split_conditions'),
    defaultLeft: fields.flags('default_left'),
    baseWeights: fields.floats('base_weights'),
    lossChanges: fields.floats('loss_changes'),
    sumHessian: fields.floats('sum_hessian'),
    splitType: fields.has('split_type') ? fields.flags('split_type') : new Uint8Array(nodes),
    categoriesNodes: integers('categories_nodes'),
    categoriesSegments: integers('categories_segments'),
    categoriesSizes: integers('categories_sizes'),
    categories: integers('categories'),
  };
  checkSizes(tree, fields);
  checkPaths(tree, numFeature, fields);
  checkCategories(tree, fields);
  return tree;
}

function checkSizes(tree: Tree, fields: ModelFields): void {
  const nodes = tree.leftChildren.length;
  const { categories: _categories, categoriesNodes, categoriesSegments, categoriesSizes, ...perNode } = tree;
  if (nodes === 0) throw fields.problem('left_children', 'is empty: a tree has at least one leaf');
  for (const [name, values] of Object.entries(perNode))
    if (values.length !== nodes) throw fields.problem(name, `has ${values.length} numbers for ${nodes} nodes`);
  if (categoriesSegments.length !== categoriesNodes.length || categoriesSizes.length !== categoriesNodes.length)
    throw fields.problem('categories_segments', 'does not fit categories_nodes');
}

function checkPaths(
  { leftChildren, rightChildren, splitIndices }: Tree,
  numFeature: number,
  fields: ModelFields,
): void {
  const seen = new Uint8Array(leftChildren.length);
  const open = [0];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node < 0 || node >= leftChildren.length || seen[node] === 1)
      throw fields.problem(
        'left_children',
        `and right_children are no tree: node ${node} is outside it, or has two parents`,
      );
    seen[node] = 1;
    if (leftChildren[node] === -1) continue;
    const feature = splitIndices[node] ?? 0;
    if (feature < 0 || feature >= numFeature)
      throw fields.problem('split_indices', `names feature ${feature}, and the model has ${numFeature}`);
    open.push(rightChildren[node] ?? -1, leftChildren[node] ?? -1);
  }
}

function checkCategories(tree: Tree, fields: ModelFields): void {
  const own = new Set(tree.categoriesNodes);
  for (const [index] of tree.categoriesNodes.entries()) {
    const start = tree.categoriesSegments[index] ?? 0;
    const size = tree.categoriesSizes[index] ?? 0;
    if (start < 0 || size < 0 || start + size > tree.categories.length)
      throw fields.problem('categories_segments', 'lies outside categories');
  }
  if (tree.splitType.some((type, node) => type === 1 && tree.leftChildren[node] !== -1 && !own.has(node)))
    throw fields.problem('split_type', 'says categories for a node that has none');
  if (tree.categories.some((category) => category < 0 || category > 16_777_216))
    throw fields.problem('categories', 'has a category that is not between 0 and 16777216');
}
