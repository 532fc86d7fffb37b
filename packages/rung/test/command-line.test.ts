/** Every command of `rung`, as a person types them, against a platform in the background. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import manifest from '../package.json' with { type: 'json' };
import { type ProgramResult, runProgram } from './run-program.ts';

const bin = join(import.meta.dirname, '../bin/rung.js');
const folder = mkdtempSync(join(tmpdir(), 'c-'));
const stateDir = join(folder, 'state');

function rung(...argv: string[]): Promise<ProgramResult> {
  return runProgram(process.execPath, [bin, ...argv], { RUNG_HOME: stateDir });
}

async function ok(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await rung(...argv);
  assert.equal(code, 0, `rung ${argv.join(' ')}:\n${stdout}\n${stderr}`);
  return stdout;
}

async function refused(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await rung(...argv);
  assert.notEqual(code, 0, `rung ${argv.join(' ')} was accepted:\n${stdout}`);
  assert.doesNotMatch(stderr, /\n\s+at /, 'a mistake of the user shows no stack');
  return stderr;
}

describe('the command line', () => {
  const points = join(folder, 'points.csv');
  before(async () => {
    writeFileSync(
      points,
      Array.from({ length: 60 }, (_, index) => `${index % 2 === 0 ? 1 : 50},${index % 7}\n`).join(''),
    );
    await ok('up', '--detach', '--port', '0', '--tls-port', '0');
  });
  after(async () => {
    await ok('down');
    rmSync(folder, { recursive: true, force: true });
  });

  test('status and env say where the platform is', async () => {
    const status = JSON.parse(await ok('status', '--json')) as { running: boolean; endpoint: string };
    assert.equal(status.running, true);
    assert.match(await ok('status'), /^Rung is up at http:\/\/127\.0\.0\.1:\d+/);
    assert.ok((await ok('env')).includes(`export AWS_ENDPOINT_URL='${status.endpoint}'`));
    assert.match(await ok('env', '--sagemaker-sdk', '--shell', 'fish'), /^set -gx AWS_CA_BUNDLE '.*ca\.pem'$/m);
  });

  test('keys are made, listed without secrets, and removed', async () => {
    const made = await ok('keys', 'add', 'colleague', '--description', 'for a test');
    const secret = /AWS_SECRET_ACCESS_KEY=(\S+)/.exec(made)?.[1] ?? '';
    assert.equal(secret.length, 40);
    const list = await ok('keys', 'ls');
    assert.match(list, /colleague/);
    assert.ok(!list.includes(secret));
    assert.match(await refused('keys', 'add', 'colleague'), /exists already/);
    await ok('keys', 'rm', 'colleague');
    assert.doesNotMatch(await ok('keys', 'ls'), /colleague/);
    assert.equal(statSync(join(stateDir, 'keys.json')).mode & 0o777, 0o600);
  });

  test('train, logs, deploy, predict, ls, describe, rm: the whole way', async () => {
    const trained = await rung(
      'train',
      'kmeans',
      '--data',
      `train=${points}`,
      '--set',
      'k=2',
      '--set',
      'feature_dim=2',
      '--name',
      'way',
    );
    assert.equal(trained.code, 0, trained.stderr);
    assert.match(
      trained.stdout,
      /Model: s3:\/\/sagemaker-us-east-1-000000000000\/way\/output\/model\.tar\.gz\nNext: rung deploy way/,
    );
    assert.match(trained.stderr, /#quality_metric: host=algo-1/);
    assert.match(await ok('logs', 'job/way'), /#progress_metric: host=algo-1, completed 100 %/);

    await ok('deploy', 'way');
    const answer = JSON.parse(await ok('predict', 'way', '--csv', '50,3')) as {
      predictions: { closest_cluster: number }[];
    };
    assert.equal(answer.predictions.length, 1);
    assert.match(await ok('predict', 'way', '--file', points, '--accept', 'text/csv'), /^(\d[^\n]*\n){60}$/);
    assert.match(await refused('predict', 'way', '--csv', '1,2,3'), /See `rung logs endpoint\/way`\. \(ModelError\)/);

    const listed = JSON.parse(await ok('ls', '--json')) as Record<'jobs' | 'endpoints' | 'models', { name: string }[]>;
    assert.deepEqual(
      [listed.jobs, listed.endpoints, listed.models].map((items) => items.some(({ name }) => name === 'way')),
      [true, true, true],
    );
    assert.match(await ok('describe', 'endpoint/way'), /^EndpointStatus: InService$/m);
    await ok('rm', 'way');
    assert.match(await refused('describe', 'endpoint/way'), /There is no training job, processing job, endpoint/);
  });

  test('a program of this machine trains as rung/host; its failure is told; a running one is stopped', async () => {
    const failed = await rung('train', 'rung/host', '--entrypoint', '/bin/false', '--name', 'fails');
    assert.notEqual(failed.code, 0);
    assert.match(failed.stderr, /Training job fails: Failed\. AlgorithmError: .*exit code: 1/);
    await ok('train', 'rung/host', '--entrypoint', 'sleep 600', '--name', 'long', '--detach');
    assert.match(await ok('stop', 'long'), /long: Stopped/);
    assert.match(await refused('stop', 'long'), /in status Stopped/);
  });

  test('mistakes are answered with what to do', async () => {
    assert.match(await refused('train', 'kmeans', '--data', 'train'), /--data wants NAME=VALUE, but was given "train"/);
    assert.match(await refused('train', 'kmeans', '--data', 'train=/no/such.csv'), /no such file or folder/);
    assert.match(
      await refused('train', 'kmeans', '--data', `train=${points}`, '--set', 'k=2', '--set', 'feature_dmi=2'),
      /feature_dmi/,
    );
    assert.match(await refused('logs', 'nobody'), /There is no training job/);
    assert.match(await refused('up', '--detach'), /Another Rung works on the state folder/);
    assert.match(await refused('up', '--port', '70000'), /port is 70000, but must be a port from 0 to 65535/);
    assert.match(await refused('dwon'), /down/);
    assert.equal((await ok('--version')).trim(), manifest.version);
  });

  test('rung.yaml is checked key by key', async () => {
    const file = join(folder, 'rung.yaml');
    writeFileSync(file, 'prot: 7070\nregion: 12\n');
    const said = await refused('up', '--config', file);
    assert.match(
      said,
      /rung\.yaml cannot be used:\n {2}- unknown key "prot"; did you mean "port"\?\n {2}- region is 12/,
    );
    writeFileSync(file, 'a: [');
    assert.match(await refused('up', '--config', file), /rung\.yaml cannot be used/);
  });

  test('completion proposes commands and flags', async () => {
    assert.match(await ok('__complete', 'de'), /^deploy\ndescribe$/m);
    for (const shell of ['bash', 'zsh', 'fish']) assert.match(await ok('completion', shell), /rung __complete/);
  });

  test('the platform keeps no secret readable by others', () => {
    assert.equal(statSync(stateDir).mode & 0o077, 0);
    const server = JSON.parse(readFileSync(join(stateDir, 'server.json'), 'utf8')) as object;
    assert.ok(!JSON.stringify(server).includes('secret'));
  });
});

test('without a platform, commands say how to start one', async () => {
  const { code, stderr } = await runProgram(process.execPath, [bin, 'ls'], { RUNG_HOME: join(folder, 'none') });
  assert.notEqual(code, 0);
  assert.match(stderr, /No platform was found in .*\. Start one with `rung up --detach`/);
});
