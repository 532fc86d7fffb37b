import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repositoryName } from './repository-name.ts';
import { resolveProgram } from './resolve-program.ts';

const implemented = ['linear-learner', 'kmeans'];

function refusal(...request: Parameters<typeof resolveProgram>): string {
  const resolution = resolveProgram(...request);
  assert.equal(resolution.type, 'refusal');
  return resolution.type === 'refusal' ? resolution.message : '';
}

test('an image is known by its repository, whatever registry, region, tag or digest', () => {
  const images = {
    '382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1': 'kmeans',
    'registry:5000/team/kmeans': 'kmeans',
    'kmeans@sha256:0123': 'kmeans',
    'localhost:5000/rung/host:2': 'rung/host',
    'rung/host': 'rung/host',
    host: 'host',
    'pytorch-training:2.1-cpu-py310': 'pytorch-training',
  };
  for (const [image, name] of Object.entries(images)) assert.equal(repositoryName(image), name, image);
});

test('a built-in algorithm is resolved in every region', () => {
  for (const account of ['382416733822', '438346466558']) {
    const resolution = resolveProgram(
      { image: `${account}.dkr.ecr.eu-west-1.amazonaws.com/linear-learner:1` },
      'train',
      implemented,
    );
    assert.deepEqual(resolution, {
      type: 'program',
      program: { type: 'algorithm', name: 'linear-learner', action: 'train' },
    });
  }
});

test('a built-in algorithm that does not exist yet is refused, naming those that do', () => {
  const message = refusal(
    { image: '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1' },
    'train',
    implemented,
  );
  assert.equal(message, 'Built-in algorithm xgboost is not implemented yet. These are: kmeans, linear-learner.');
});

test('rung/host runs the entry point with the arguments behind it', () => {
  const resolution = resolveProgram(
    { image: 'rung/host', entrypoint: ['python3', 't.py'], arguments: ['--fast'] },
    'train',
    implemented,
  );
  assert.deepEqual(resolution, {
    type: 'program',
    program: { type: 'command', command: { argv: ['python3', 't.py', '--fast'] } },
  });
});

test('rung/host without an entry point is refused with an example', () => {
  assert.match(refusal({ image: 'rung/host' }, 'train', implemented), /needs ContainerEntrypoint, e\.g\. \["python3"/);
});

test('any other image stays an image', () => {
  const resolution = resolveProgram({ image: 'me/mine:3', entrypoint: ['run'] }, 'serve', implemented);
  assert.deepEqual(resolution, {
    type: 'program',
    program: { type: 'image', image: 'me/mine:3', entrypoint: ['run'] },
  });
});

test('names that every object has are no algorithms', () => {
  assert.equal(resolveProgram({ image: 'constructor' }, 'train', implemented).type, 'program');
});

test('an algorithm resource, a missing image and a built-in with an entry point are refused', () => {
  assert.match(refusal({ algorithmName: 'mine' }, 'train', implemented), /algorithm resources are not implemented/);
  assert.match(refusal({}, 'train', implemented), /An image is required/);
  assert.match(refusal({ image: 'kmeans', entrypoint: ['sh'] }, 'train', implemented), /takes no ContainerEntrypoint/);
});

test('framework images are scripts in environments, by repository; the tag says which version was asked for', () => {
  const images: Record<string, [environment: string, version: string | undefined]> = {
    '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3': ['scikit-learn', '1.2'],
    '763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.3-cpu-py311': ['pytorch', '2.3'],
    '763104351884.dkr.ecr.eu-west-1.amazonaws.com/tensorflow-training:2.14.1-gpu-py310': ['tensorflow', '2.14.1'],
    'huggingface-pytorch-training:2.0.0-transformers4.28.1-gpu-py310-cu118-ubuntu20.04': [
      'huggingface-pytorch',
      '2.0.0',
    ],
    'rung/jax': ['jax', undefined],
    'rung/node': ['node', undefined],
  };
  for (const [image, [environment, version]] of Object.entries(images)) {
    const resolution = resolveProgram({ image, script: true }, 'train', implemented);
    assert.ok(resolution.type === 'program' && resolution.program.type === 'script', image);
    assert.equal(resolution.program.environment.name, environment);
    assert.equal(resolution.asked?.version, version);
  }
});

test('the XGBoost image is script mode with a script, and the algorithm without', () => {
  const image = '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1';
  const script = resolveProgram({ image, script: true, gpus: 1 }, 'train', implemented);
  assert.deepEqual(script.type === 'program' && script.program, {
    type: 'script',
    environment: { name: 'xgboost', accelerator: 'gpu' },
    action: 'train',
  });
  assert.match(refusal({ image }, 'train', implemented), /Built-in algorithm xgboost is not implemented yet/);
  assert.deepEqual(resolveProgram({ image }, 'train', ['xgboost']), {
    type: 'program',
    program: { type: 'algorithm', name: 'xgboost', action: 'train' },
  });
});

test('a framework image with an entry point runs it in the environment, also for processing', () => {
  const image = 'sagemaker-scikit-learn:1.2-1-cpu-py3';
  const resolution = resolveProgram(
    { image, entrypoint: ['python3', 'p.py'], arguments: ['-v'] },
    'process',
    implemented,
  );
  assert.deepEqual(resolution.type === 'program' && resolution.program, {
    type: 'script',
    environment: { name: 'scikit-learn', accelerator: 'cpu' },
    action: 'process',
    command: ['python3', 'p.py', '-v'],
  });
});

test('retired images are refused with the nearest living one', () => {
  for (const [image, nearest] of [
    ['mxnet-training:1.9.0-cpu-py38', /pytorch-training/],
    ['sagemaker-mxnet:1.4-cpu-py3', /pytorch-training/],
    ['sagemaker-chainer:5.0.0-cpu-py3', /pytorch-training/],
    ['sagemaker-rl-ray-container:ray-1.6.0', /requirements\.txt/],
    ['huggingface-tensorflow-training:2.6.3', /huggingface-pytorch-training/],
    ['pytorch-training-neuronx:2.1', /pytorch-training/],
  ] as const)
    assert.match(refusal({ image, script: true }, 'train', implemented), nearest, image);
});
