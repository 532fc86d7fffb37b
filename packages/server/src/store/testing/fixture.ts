import type { TestContext } from 'node:test';
import { SteppedClock } from '../../testing/stepped-clock.ts';
import type { ResourceDraft } from '../resource.ts';
import type { Store } from '../store.ts';
import type { MakeStore, StoreUnderTest } from './check-store.ts';

export interface Fixture {
  clock: SteppedClock;
  store: Store;
  /** A second control plane on the same rows. */
  other: Store;
  underTest: StoreUnderTest;
}

/** A fresh store for one test, removed after it. */
export async function fixture(t: TestContext, makeStore: MakeStore): Promise<Fixture> {
  const clock = new SteppedClock();
  const underTest = await makeStore();
  t.after(() => underTest.dispose());
  return { clock, underTest, store: await underTest.open(clock), other: await underTest.open(clock) };
}

export function model(name: string, more: Partial<ResourceDraft<'model'>> = {}): ResourceDraft<'model'> {
  return {
    kind: 'model',
    name,
    arn: modelArn(name),
    spec: { ModelName: name, ExecutionRoleArn: 'arn:aws:iam::000000000000:role/test' },
    status: {},
    phase: 'InProgress',
    due: null,
    ...more,
  };
}

export function modelArn(name: string): string {
  return `arn:aws:sagemaker:us-east-1:000000000000:model/${name.toLowerCase()}`;
}
