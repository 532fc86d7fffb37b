import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Random } from '../random.ts';
import { readModel, writeModel } from './model-file.ts';
import { randomBooster } from './testing/random-trees.ts';
import { decodeUbjson } from './ubjson-reader.ts';
import { encodeUbjson } from './ubjson-writer.ts';
import type { UbjsonValue } from './ubjson.ts';

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.string(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.uint8Array(),
  fc.int8Array(),
  fc.int16Array(),
  fc.int32Array(),
  fc.float32Array(),
  fc.float64Array(),
);
const { document } = fc.letrec<{ document: UbjsonValue }>((tie) => ({
  document: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('document'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('document'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

test('UBJ that is written is read back', () => {
  fc.assert(
    fc.property(document, (value) => {
      assert.deepEqual(plain(decodeUbjson(encodeUbjson(value), 'x')), plain(value));
    }),
    { numRuns: 300 },
  );
});

const random = new Random(11);
const booster = {
  ...randomBooster(random, { trees: 6, features: 5, splits: 7, groups: 2, categories: true }),
  attributes: { best_iteration: '1', 'ä "quoted", Infinity': '' },
  featureNames: ['a', 'b', 'c,Infinity', 'd', '日'],
  featureTypes: ['q', 'c', 'int', 'float', 'i'],
};

test('a booster is read back as it was, from UBJ and from JSON', () => {
  assert.deepEqual(plain(readModel(writeModel(booster), 'm')), plain(booster));
  assert.deepEqual(plain(readModel(writeModel(booster, 'json'), 'm')), plain(booster));
});

test('numbers that JSON has no word for are read', () => {
  const text = Buffer.from(writeModel(booster, 'json')).toString();
  const changed = text.replace(/"sum_hessian":\[[^,\]]*,[^,\]]*/, '"sum_hessian":[-Infinity,NaN');
  const { ensemble } = readModel(Buffer.from(changed), 'm');
  assert.ok(ensemble.kind !== 'gblinear');
  assert.deepEqual(Array.from(ensemble.trees[0]?.sumHessian.subarray(0, 2) ?? []), [
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ]);
});

test('any damage is a ClientError that names the file, and nothing worse', () => {
  const file = Buffer.from(writeModel(booster));
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
      const copy = Buffer.from(cut ? file.subarray(0, at) : file);
      if (!cut) copy[at] = byte;
      try {
        readModel(copy, 'bad.ubj');
      } catch (error) {
        assert.ok(error instanceof Error);
        assert.equal(error.name, 'ClientError', error.stack);
        assert.match(error.message, /^file bad\.ubj/);
      }
    }),
    { numRuns: 2000 },
  );
});

const wrong: [string, Uint8Array | string, RegExp][] = [
  ['a pickle', '\x80\x04\x95', /Python pickle.*save_model\('model\.ubj'\)/],
  ['the beginning of the binary format', 'binf\x00\x00\x00\x3f', /is not a model of XGBoost: neither UBJ, JSON, nor/],
  ['nothing', '', /is not a model of XGBoost/],
  ['broken JSON', '{"learner":', /is not valid JSON/],
  ['other JSON', '{"a":1}', /learner is missing|learner is no object/],
  [
    'another objective',
    edited('"name":"reg:squarederror"', '"name":"mine"'),
    /learner\.objective\.name is 'mine', an objective that is not known/,
  ],
  [
    'several outputs a leaf',
    edited('"size_leaf_vector":"1"', '"size_leaf_vector":"3"'),
    /multi_output_tree.* are not supported/,
  ],
  ['a base score that is no number', edited(/"base_score":"[^"]*"/, '"base_score":"half"'), /base_score is 'half'/],
  [
    'a cycle',
    edited(/"left_children":\[\d+/, '"left_children":[0'),
    /trees\[0\]\.left_children and right_children are no tree/,
  ],
  [
    'a feature beyond the last',
    edited('"num_feature":"5","num_target"', '"num_feature":"1","num_target"'),
    /names feature \d, and the model has 1/,
  ],
];
for (const [what, bytes, message] of wrong) {
  test(`${what} is refused with what to do`, () => {
    const file = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    assert.throws(() => readModel(file, 'xgboost-model'), { name: 'ClientError', message });
  });
}

test('files of version 1: booleans, no categories, no rounds', () => {
  const tree = {
    base_weights: [0, 1, 2],
    default_left: [true, false, false],
    left_children: [1, -1, -1],
    loss_changes: [1, 0, 0],
    parents: [2147483647, 0, 0],
    right_children: [2, -1, -1],
    split_conditions: [0.5, 1, 2],
    split_indices: [0, 0, 0],
    sum_hessian: [2, 1, 1],
    tree_param: { num_deleted: '0', num_feature: '1', num_nodes: '3', size_leaf_vector: '0' },
  };
  const model = {
    gbtree_model_param: { num_trees: '4', size_leaf_vector: '0' },
    tree_info: [0, 1, 0, 1],
    trees: [tree, tree, tree, tree],
  };
  const learner = {
    gradient_booster: { model, name: 'gbtree' },
    learner_model_param: { base_score: '5E-1', num_class: '2', num_feature: '1' },
    objective: { name: 'multi:softprob', softmax_multiclass_param: { num_class: '2' } },
  };
  const old = readModel(Buffer.from(JSON.stringify({ learner, version: [1, 0, 0] })), 'm');
  assert.deepEqual(Array.from(old.baseScore), [0.5, 0.5]);
  assert.ok(old.ensemble.kind === 'gbtree');
  assert.deepEqual(Array.from(old.ensemble.iterationStarts), [0, 2, 4]);
  assert.deepEqual(Array.from(old.ensemble.trees[0]?.defaultLeft ?? []), [1, 0, 0]);
});

function edited(from: string | RegExp, to: string): Uint8Array {
  const text = Buffer.from(writeModel(booster, 'json')).toString();
  const changed = text.replace(from, to);
  assert.notEqual(changed, text);
  return Buffer.from(changed);
}

/** Lists of whatever kind of numbers are alike, and so are 0 and -0. */
function plain(value: unknown): unknown {
  // Safe: all typed arrays of a model hold numbers.
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array, (entry) => entry + 0);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  return value === 0 ? 0 : value;
}
