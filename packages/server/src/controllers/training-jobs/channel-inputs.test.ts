import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Channel } from '@rung/wire/types/sagemaker';
import { channelInputs } from './channel-inputs.ts';

function inputs(
  channel: Partial<Channel>,
  mode: 'File' | 'Pipe' | 'FastFile' = 'File',
): ReturnType<typeof channelInputs> {
  const source = { S3DataType: 'S3Prefix', S3Uri: 's3://b/x/' } as const;
  return channelInputs({
    TrainingJobName: 'j',
    RoleArn: 'r',
    OutputDataConfig: { S3OutputPath: 's3://b/out' },
    AlgorithmSpecification: { TrainingImage: 'i', TrainingInputMode: mode },
    InputDataConfig: [{ ChannelName: 'train', DataSource: { S3DataSource: source }, ...channel }],
  });
}

test("a channel's own mode goes before the job's", () => {
  assert.equal(inputs({})[0]?.delivery, undefined);
  assert.deepEqual(inputs({}, 'FastFile')[0]?.delivery, { type: 'links' });
  assert.equal(inputs({ InputMode: 'File' }, 'Pipe')[0]?.delivery, undefined);
});

test('a stream keeps its wrapping, attributes and seed', () => {
  const [input] = inputs(
    {
      RecordWrapperType: 'RecordIO',
      ShuffleConfig: { Seed: 7 },
      DataSource: {
        S3DataSource: { S3DataType: 'AugmentedManifestFile', S3Uri: 's3://b/m', AttributeNames: ['a-ref', 'b'] },
      },
    },
    'Pipe',
  );
  assert.equal(input?.type, 'augmented-manifest');
  assert.deepEqual(input?.delivery, { type: 'pipe', recordio: true, attributes: ['a-ref', 'b'], shuffleSeed: 7 });
  assert.deepEqual(inputs({}, 'Pipe')[0]?.delivery, { type: 'pipe', recordio: false, attributes: [] });
});
