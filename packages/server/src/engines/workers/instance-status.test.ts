import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type InstanceReport, type ProcessIdentity, identifyProcess, takeClaim, writeReport } from '@rung/worker';
import { declareLost, instanceStatus } from './instance-status.ts';
import { type InstancePaths, WorkloadFolders, type WorkloadRecord, decodeId, encodeId } from './workload-folders.ts';

const running: InstanceReport = { pid: 1, phase: 'running', transitions: [], finalMetrics: [] };

async function instance(
  context: TestContext,
  worker?: ProcessIdentity,
): Promise<{ record: WorkloadRecord; paths: InstancePaths }> {
  const stateDir = await mkdtemp(join(tmpdir(), 'rung-status-'));
  context.after(() => rm(stateDir, { recursive: true }));
  const folders = new WorkloadFolders(stateDir);
  const id = 'training-job/x/1';
  const record: WorkloadRecord = {
    id,
    instanceCount: 1,
    createdAt: new Date().toISOString(),
    nonce: 'abc',
    runDir: join(stateDir, 'run'),
  };
  const paths = folders.instance(record, 0);
  mkdirSync(paths.folder, { recursive: true });
  writeFileSync(join(folders.folder(id), 'workload.json'), JSON.stringify(record));
  if (worker !== undefined) takeClaim(paths.claimFile, { worker });
  return { record, paths };
}

function self(): ProcessIdentity {
  const identity = identifyProcess(process.pid);
  assert.ok(identity !== undefined);
  return identity;
}

test('an instance is live while the very process that claimed it runs', async (context) => {
  const { paths } = await instance(context, self());
  assert.equal(instanceStatus(paths).type, 'live');
});

test('a process id that the system has used again is not taken for the worker', async (context) => {
  const { record, paths } = await instance(context, { ...self(), startTime: '1' });
  writeReport(paths.reportFile, running);
  const status = instanceStatus(paths);
  assert.equal(status.type, 'dead');
  const lost = declareLost(record, 0, paths, running);
  assert.match(lost.exit?.message ?? '', /^The worker of the instance was killed, or crashed/);
  assert.equal(instanceStatus(paths).type, 'exited');
});

test('after a restart of the machine everything that ran is lost, and says why', async (context) => {
  const { record, paths } = await instance(context, { ...self(), bootId: 'an earlier one' });
  assert.equal(instanceStatus(paths).type, 'dead');
  const lost = declareLost(record, 0, paths, running);
  assert.equal(lost.exit?.message, 'The machine was restarted while the instance ran.');
});

test('a worker that ended with its last word said is exited, whoever has its process id now', async (context) => {
  const { paths } = await instance(context, self());
  writeReport(paths.reportFile, { ...running, phase: 'exited', exit: { reason: 'completed', code: 0 } });
  assert.equal(instanceStatus(paths).type, 'exited');
});

test('what a crash of the machine left empty was claimed by somebody who is gone', async (context) => {
  const { paths } = await instance(context);
  assert.equal(instanceStatus(paths).type, 'unclaimed');
  writeFileSync(paths.reportFile, '');
  writeFileSync(paths.claimFile, '');
  assert.equal(instanceStatus(paths).type, 'dead');
});

test('a lost instance of a removed workload leaves no report behind', async (context) => {
  const { record, paths } = await instance(context, { ...self(), startTime: '1' });
  await rm(join(paths.folder, '..'), { recursive: true });
  declareLost(record, 0, paths, running);
  assert.throws(() => readFileSync(paths.reportFile), { code: 'ENOENT' });
});

test('ids and folder names go both ways, without capital letters', () => {
  for (const id of ['training-job/My-Job-1/2', 'endpoint/aB/C-d']) {
    assert.equal(decodeId(encodeId(id)), id);
    assert.doesNotMatch(encodeId(id), /[A-Z/]/);
  }
  for (const id of ['training-job/../1', 'x', 'a/b/c/d', 'A/b/c']) assert.throws(() => encodeId(id));
});
