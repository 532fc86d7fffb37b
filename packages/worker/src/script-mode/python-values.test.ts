import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { commandArguments, splitHyperparameters } from './hyperparameters.ts';
import { decodeValue, pythonJson, pythonText } from './python-values.ts';

test('values are written as Python writes them', () => {
  const cases: [json: string, text: string, dumped: string][] = [
    ['1', '1', '1'],
    ['1.0', '1.0', '1.0'],
    ['-0.0', '-0.0', '-0.0'],
    ['1e-3', '0.001', '0.001'],
    ['0.00001', '1e-05', '1e-05'],
    ['1e16', '1e+16', '1e+16'],
    ['123456789012345678', '123456789012345678', '123456789012345678'],
    ['1234567.5', '1234567.5', '1234567.5'],
    ['1e300', '1e+300', '1e+300'],
    ['true', 'True', 'true'],
    ['null', 'None', 'null'],
    ['NaN', 'nan', 'NaN'],
    ['"text"', 'text', '"text"'],
    ['not json', 'not json', '"not json"'],
    [`["it's", 2, 0.5]`, `["it's", 2, 0.5]`, `["it's",2,0.5]`],
    ['{"b": 1, "a": [true]}', "{'b': 1, 'a': [True]}", '{"a":[true],"b":1}'],
    ['"é"', 'é', String.raw`"\u00e9"`],
  ];
  for (const [json, text, dumped] of cases) {
    assert.equal(pythonText(decodeValue(json)), text, json);
    assert.equal(pythonJson(decodeValue(json)), dumped, json);
  }
});

test('arguments are sorted, named by their length, and unquoted; the platform keeps its own', () => {
  const { user, platform } = splitHyperparameters({
    epochs: '10',
    n: '"4"',
    'learning-rate': '0.10',
    name: 'plain text',
    layers: '[64, 32]',
    options: '{"b": 2, "a": true}',
    flag: 'false',
    empty: 'null',
    sagemaker_program: '"train.py"',
    sagemaker_container_log_level: '20',
  });
  assert.deepEqual(platform, { sagemaker_program: 'train.py', sagemaker_container_log_level: 20n });
  assert.deepEqual(commandArguments(user), [
    ...['--empty', ''],
    ...['--epochs', '10'],
    ...['--flag', 'False'],
    ...['--layers', '[64, 32]'],
    ...['--learning-rate', '0.1'],
    ...['-n', '4'],
    ...['--name', 'plain text'],
    ...['--options', 'a=True,b=2'],
  ]);
});

const python = spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 8)']).status === 0;

test('any JSON is read and written as Python does', { skip: python ? false : 'there is no python3 here' }, () => {
  const documents = fc.sample(fc.json({ noUnicodeString: false }), { numRuns: 500, seed: 7 });
  const program = `
import json, sys
for line in sys.stdin:
    value = json.loads(json.loads(line))
    print(json.dumps([str(value), json.dumps(value, sort_keys=True, separators=(",", ":"))]))`;
  const run = spawnSync('python3', ['-c', program], {
    input: documents.map((document) => `${JSON.stringify(document)}\n`).join(''),
    encoding: 'utf8',
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  });
  assert.equal(run.status, 0, run.stderr);
  const answers = run.stdout.trimEnd().split('\n');
  for (const [index, document] of documents.entries()) {
    const [text, dumped] = JSON.parse(answers[index] ?? '[]') as [string, string]; // the program above prints two texts
    const value = decodeValue(document);
    assert.equal(pythonJson(value), dumped, document);
    if (!/[^ -~]/.test(text) && !text.includes('\\')) assert.equal(pythonText(value), text, document);
  }
});
