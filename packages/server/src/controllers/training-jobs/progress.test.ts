import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstancePhase, InstanceState } from '../../engines/workload.ts';
import type { TrainingJobState } from '../../services/sagemaker/training-jobs/types.ts';
import { climb, climbWhileStopping, finalMetrics } from './progress.ts';
import { end, enter } from './transitions.ts';

const start: TrainingJobState = {
  status: 'InProgress',
  secondaryStatus: 'Starting',
  transitions: [{ status: 'Starting', startTime: time(0), message: 'Launching requested ML instances' }],
  attempt: 1,
  launchedAt: time(0),
  finalMetrics: [],
};

function time(second: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
}

/** An instance that entered these phases at these seconds. */
function instance(index: number, phases: Partial<Record<InstancePhase, number>>): InstanceState {
  // Safe: the keys are those of the parameter's type.
  const transitions = (Object.entries(phases) as [InstancePhase, number][]).map(([phase, second]) => ({
    phase,
    at: time(second),
  }));
  return { index, phase: transitions.at(-1)?.phase ?? 'pending', transitions, finalMetrics: [] };
}

function ladder(state: TrainingJobState): string[] {
  return state.transitions.map(
    ({ status, startTime, endTime }) =>
      `${status} ${seconds(startTime)}-${endTime === undefined ? '' : seconds(endTime)}`,
  );
}

function seconds(at: string): number {
  return new Date(at).getUTCSeconds();
}

test('a job that was faster than the controller shows the whole ladder, at the worker’s times', () => {
  const state = climb(start, [
    instance(0, { pending: 0, preparing: 1, downloading: 2, running: 5, uploading: 9, exited: 11 }),
  ]);
  assert.deepEqual(ladder(state), ['Starting 0-2', 'Downloading 2-5', 'Training 5-9', 'Uploading 9-']);
  assert.equal(state.trainingStartTime, time(2));
  assert.equal(state.transitions[0]?.message, 'Preparing the instances for training');
});

test('seeing the same reports again changes nothing', () => {
  const instances = [instance(0, { pending: 0, preparing: 1, downloading: 2, running: 5 })];
  const state = climb(start, instances);
  assert.equal(climb(state, instances), state);
});

test('a job of several instances is where its last instance is', () => {
  const ahead = instance(0, { pending: 0, downloading: 2, running: 3 });
  const state = climb(start, [ahead, instance(1, { pending: 0, downloading: 4 })]);
  assert.deepEqual(ladder(state), ['Starting 0-4', 'Downloading 4-']);
  const later = climb(state, [ahead, instance(1, { pending: 0, downloading: 4, running: 7 })]);
  assert.deepEqual(ladder(later), ['Starting 0-4', 'Downloading 4-7', 'Training 7-']);
});

test('a rung that no instance stood on is not shown', () => {
  const state = climb(start, [instance(0, { pending: 0, preparing: 1, downloading: 2, exited: 3 })]);
  assert.deepEqual(ladder(state), ['Starting 0-2', 'Downloading 2-']);
});

test('times never run backwards, even when the clocks of the machines do', () => {
  const state = climb({ ...start, transitions: [{ status: 'Starting', startTime: time(30), message: '' }] }, [
    instance(0, { downloading: 2, running: 40 }),
  ]);
  assert.deepEqual(ladder(state), ['Starting 30-30', 'Downloading 30-40', 'Training 40-']);
});

test('a stopping job shows only that its outputs are being stored', () => {
  const stopping = enter({ ...start, status: 'Stopping' }, 'Stopping', 'Stopping the training job', time(4));
  const instances = [instance(0, { pending: 0, downloading: 1, running: 2, uploading: 6 })];
  const state = climbWhileStopping(stopping, instances);
  assert.deepEqual(ladder(state), ['Starting 0-4', 'Stopping 4-6', 'Uploading 6-']);
  assert.equal(climbWhileStopping(state, instances), state);
});

test('the end closes every status', () => {
  assert.deepEqual(ladder(end(start, 'Completed', 'Training job completed', time(9))), [
    'Starting 0-9',
    'Completed 9-9',
  ]);
});

test('of a metric that several instances report the newest value counts', () => {
  const metrics = [
    { ...instance(0, {}), finalMetrics: [{ name: 'loss', value: 3, at: time(3) }] },
    {
      ...instance(1, {}),
      finalMetrics: [
        { name: 'loss', value: 2, at: time(5) },
        { name: 'acc', value: 1, at: time(1) },
      ],
    },
  ];
  assert.deepEqual(finalMetrics(metrics), [
    { name: 'acc', value: 1, at: time(1) },
    { name: 'loss', value: 2, at: time(5) },
  ]);
});
