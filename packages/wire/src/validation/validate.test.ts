import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { WireError } from '../errors.ts';
import { loadService } from '../model/load-service.ts';
import { validInput } from '../testing/valid-input.ts';
import { unknownMembers } from './unknown-members.ts';
import { validate } from './validate.ts';

const sagemaker = await loadService('sagemaker');
const training = validInput(sagemaker, 'CreateTrainingJob');

function refusal(operation: string, input: unknown): WireError {
  try {
    validate(sagemaker, operation, input);
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
  throw new Error(`${operation} accepted ${JSON.stringify(input)}`);
}

suite('validation', () => {
  test('accepts a valid input', () => {
    validate(sagemaker, 'CreateTrainingJob', training);
  });

  test('names every violation in one sentence, in the words of AWS', () => {
    const { OutputDataConfig } = training;
    const error = refusal('CreateTrainingJob', { TrainingJobName: 'a'.repeat(64), OutputDataConfig });
    assert.equal(error.code, 'ValidationException');
    assert.equal(error.status, 400);
    assert.equal(
      error.message,
      `3 validation errors detected: Value '${'a'.repeat(64)}' at 'trainingJobName' failed to satisfy constraint: ` +
        `Member must have length less than or equal to 63; Value '${'a'.repeat(64)}' at 'trainingJobName' failed to satisfy ` +
        'constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}; ' +
        "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
    );
  });

  test('counts one violation in the singular', () => {
    const { message } = refusal('ListTrainingJobs', { MaxResults: 101 });
    const constraint = 'Member must have value less than or equal to 100';
    assert.equal(
      message,
      `1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: ${constraint}`,
    );
  });

  test('lists what an enumeration allows', () => {
    const { message } = refusal('ListTrainingJobs', { SortOrder: 'Up' });
    const constraint = 'Member must satisfy enum value set: [Ascending, Descending]';
    assert.equal(
      message,
      `1 validation error detected: Value 'Up' at 'sortOrder' failed to satisfy constraint: ${constraint}`,
    );
  });

  test('counts the items of a list from one', () => {
    const { message } = refusal('CreateTrainingJob', {
      ...training,
      Tags: [
        { Key: 'a', Value: 'b' },
        { Key: '', Value: 'b' },
      ],
    });
    assert.match(
      message,
      /^1 validation error detected: Value '' at 'tags\.2\.member\.key' failed to satisfy constraint: /,
    );
  });

  test('names a list of texts as a whole', () => {
    const { message } = refusal('AddTags', { ResourceArn: 'a'.repeat(300), Tags: [] });
    assert.match(message, /at 'resourceArn'/);
    const subnets = refusal('CreateTrainingJob', {
      ...training,
      VpcConfig: { SecurityGroupIds: ['a'], Subnets: ['a', '?'] },
    });
    assert.equal(
      subnets.message,
      "1 validation error detected: Value '[a, ?]' at 'vpcConfig.subnets' failed to satisfy constraint: Member must satisfy " +
        'constraint: [Member must have length less than or equal to 32, Member must have length greater than or equal to 0, ' +
        'Member must satisfy regular expression pattern: [-0-9a-zA-Z]+]',
    );
  });

  test('names a map of texts as a whole', () => {
    const { message } = refusal('CreateTrainingJob', { ...training, HyperParameters: { k: '\n' } });
    assert.equal(
      message,
      "1 validation error detected: Value '{k=\n}' at 'hyperParameters' failed to satisfy constraint: Map value must satisfy " +
        'constraint: [Member must have length less than or equal to 2500, Member must have length greater than or equal to 0, ' +
        'Member must satisfy regular expression pattern: .*]',
    );
  });

  test('takes a null for an absent member', () => {
    assert.match(
      refusal('DescribeTrainingJob', { TrainingJobName: null }).message,
      /^1 .*Value null at 'trainingJobName'/,
    );
    validate(sagemaker, 'ListTrainingJobs', { SortOrder: null });
  });

  test('refuses a value of another type before all else', () => {
    const error = refusal('DescribeTrainingJob', { TrainingJobName: 3 });
    assert.equal(error.code, 'SerializationException');
    assert.equal(error.message, "NUMBER_VALUE can not be converted to a String at 'trainingJobName'");
    assert.equal(
      refusal('ListTrainingJobs', { MaxResults: 'ten' }).message,
      "STRING_VALUE can not be converted to an Integer at 'maxResults'",
    );
    assert.match(refusal('ListTrainingJobs', { MaxResults: 1.5 }).message, /Integer/);
    assert.match(refusal('CreateTrainingJob', { ...training, Tags: {} }).message, /^Start of structure or map found/);
    assert.match(refusal('CreateTrainingJob', { ...training, HyperParameters: [] }).message, /^Start of list found/);
  });

  test('does not repeat a huge value, nor a thousand violations', () => {
    const name = refusal('DescribeTrainingJob', { TrainingJobName: 'x'.repeat(1_000_000) });
    assert.ok(name.message.length < 10_000);
    const tags = Array.from({ length: 10_000 }, () => ({ Key: '', Value: '?' }));
    assert.ok(refusal('CreateTrainingJob', { ...training, Tags: tags }).message.length < 100_000);
  });

  test('says of an unknown operation that it is unknown', () => {
    assert.equal(refusal('MakeCoffee', {}).code, 'UnknownOperationException');
    assert.equal(refusal('constructor', {}).code, 'UnknownOperationException');
  });

  test('looks through self-referring shapes only as deep as the input goes', () => {
    const input = { Resource: 'TrainingJob', SearchExpression: { SubExpressions: [{ Filters: [{ Name: '' }] }] } };
    const { message } = refusal('Search', input);
    assert.match(message, /'searchExpression\.subExpressions\.1\.member\.filters\.1\.member\.name'/);
  });
});

test('unknown members are found wherever they are', () => {
  const input = {
    ...training,
    ResourceConfig: { InstanceTyp: 'ml.m5.large' },
    Tags: [{ Key: 'a', Value: 'b', Colour: 'c' }],
    Naem: 1,
  };
  assert.deepEqual(unknownMembers(sagemaker, 'CreateTrainingJob', input), [
    'ResourceConfig.InstanceTyp',
    'Tags[0].Colour',
    'Naem',
  ]);
});
