import { WireError } from '@rung/wire';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeImages } from './describe-images.ts';
import { describeRepositories } from './describe-repositories.ts';
import type { RequestContext } from '../service.ts';

const context: RequestContext = {
  requestId: 'r',
  region: 'eu-west-3',
  account: '123456789012',
  principal: { accessKeyId: 'AKIA', arn: 'arn', userId: 'u' },
  origin: 'http://localhost',
  signal: new AbortController().signal,
  headers: {},
};
const names = ['kmeans', 'linear-learner'];

test('repositories are described by the names that there are', () => {
  const { repositories = [] } = describeRepositories(names, {}, context);
  assert.deepEqual(
    repositories.map(({ repositoryUri }) => repositoryUri),
    [
      '123456789012.dkr.ecr.eu-west-3.amazonaws.com/kmeans',
      '123456789012.dkr.ecr.eu-west-3.amazonaws.com/linear-learner',
    ],
  );
  assert.throws(
    () => describeRepositories(names, { repositoryNames: ['nope'] }, context),
    (error) =>
      error instanceof WireError && error.code === 'RepositoryNotFoundException' && /kmeans/.test(error.message),
  );
});

test('a repository has one image, under two tags', () => {
  const { imageDetails = [] } = describeImages(
    names,
    { repositoryName: 'kmeans', imageIds: [{ imageTag: '1' }] },
    context,
  );
  assert.deepEqual(imageDetails[0]?.imageTags, ['1', 'latest']);
  assert.throws(
    () => describeImages(names, { repositoryName: 'kmeans', imageIds: [{ imageTag: '2' }] }, context),
    (error) => error instanceof WireError && error.code === 'ImageNotFoundException',
  );
});
