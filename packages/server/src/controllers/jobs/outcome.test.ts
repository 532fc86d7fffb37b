import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceExit, InstancePhase, InstanceState } from '../../engines/workload.ts';
import { isFailing, longestFailureReason, lostTooOften, outcomeOf } from './outcome.ts';

function ended(exit: InstanceExit, second = 10, phases: InstancePhase[] = ['running', 'exited']): InstanceState {
  const at = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  return { index: 0, phase: 'exited', transitions: phases.map((phase) => ({ phase, at })), exit, finalMetrics: [] };
}

const running: InstanceState = { index: 1, phase: 'running', transitions: [], finalMetrics: [] };

function reasonOf(...instances: InstanceState[]): string {
  const outcome = outcomeOf(instances, '8 GiB');
  assert.equal(outcome?.type, 'failed');
  return outcome?.type === 'failed' ? outcome.reason : '';
}

test('a program that fails tells its own words and its exit code', () => {
  assert.equal(
    reasonOf(ended({ reason: 'program-failed', code: 1, message: 'no label column' })),
    'AlgorithmError: no label column, exit code: 1',
  );
});

test('a program that says whose fault it was is believed', () => {
  assert.equal(
    reasonOf(ended({ reason: 'program-failed', code: 2, message: 'ClientError: bad CSV' })),
    'ClientError: bad CSV, exit code: 2',
  );
});

test('a program that died by a signal has the exit code of shells', () => {
  assert.equal(reasonOf(ended({ reason: 'program-failed', signal: 'SIGSEGV' })), 'AlgorithmError: , exit code: 139');
});

test('a program killed for its memory is told how much it had', () => {
  const reason = reasonOf(ended({ reason: 'out-of-memory', signal: 'SIGKILL' }));
  assert.match(
    reason,
    /^AlgorithmError: Out of memory: .* more than the 8 GiB .* Choose an instance type with more memory\., exit code: 137$/,
  );
});

test('data that cannot be fetched or stored are the user’s to repair', () => {
  assert.equal(
    reasonOf(ended({ reason: 'data-failed', message: 'no such key' }, 1, ['downloading', 'exited'])),
    'ClientError: Data download failed: no such key',
  );
  assert.equal(
    reasonOf(ended({ reason: 'data-failed', message: 'bucket is gone' }, 1, ['running', 'uploading', 'exited'])),
    'ClientError: Artifact upload failed: bucket is gone',
  );
});

test('a long story is cut, its exit code is not', () => {
  const reason = reasonOf(ended({ reason: 'program-failed', code: 7, message: 'x'.repeat(5000) }));
  assert.equal(reason.length, longestFailureReason);
  assert.ok(reason.endsWith(', exit code: 7'));
  assert.ok(lostTooOften(4, 'y'.repeat(5000)).length <= longestFailureReason);
});

test('the first failure of several instances is the cause', () => {
  const second = ended({ reason: 'program-failed', code: 9, message: 'peer went away' }, 20);
  const first = ended({ reason: 'program-failed', code: 1, message: 'bad row' }, 10);
  assert.equal(reasonOf(second, first), 'AlgorithmError: bad row, exit code: 1');
});

test('a job has no outcome while an instance runs, and is failing when another failed', () => {
  assert.equal(outcomeOf([ended({ reason: 'completed' }), running], ''), undefined);
  assert.equal(isFailing([ended({ reason: 'completed' }), running]), false);
  assert.equal(isFailing([ended({ reason: 'program-failed', code: 1 }), running]), true);
  assert.equal(isFailing([ended({ reason: 'program-failed', code: 1 })]), false);
});

test('completed, stopped and lost', () => {
  assert.equal(outcomeOf([ended({ reason: 'completed', code: 0 })], '')?.type, 'completed');
  assert.equal(outcomeOf([ended({ reason: 'completed', code: 0 }), ended({ reason: 'stopped' })], '')?.type, 'stopped');
  assert.equal(outcomeOf([ended({ reason: 'lost' }), ended({ reason: 'stopped' })], '')?.type, 'lost');
});
