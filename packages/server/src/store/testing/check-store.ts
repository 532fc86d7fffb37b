/**
 * The contract of the `Store` seam. Every implementation runs this suite:
 *
 *     checkStore('PostgresStore', async () => ({ open, crashOpener, dispose }));
 */
import { describe } from 'node:test';
import type { Clock } from '../../clock.ts';
import type { Store } from '../store.ts';
import { checkCrash } from './check-crash.ts';
import { checkLeases } from './check-leases.ts';
import { checkLists } from './check-lists.ts';
import { checkResources } from './check-resources.ts';
import { checkTags } from './check-tags.ts';

export interface StoreUnderTest {
  /** Opens the database of this test: empty at first; a second call is a second control plane on the same rows. */
  open(clock: Clock): Promise<Store>;
  /** How another process opens the same database: a module that exports `open(argument: string): Promise<Store>`. */
  crashOpener: { module: URL; argument: string };
  /** Closes what is open and removes the database. */
  dispose(): Promise<void>;
}

export type MakeStore = () => Promise<StoreUnderTest>;

export function checkStore(name: string, makeStore: MakeStore): void {
  describe(`${name} keeps the Store contract`, () => {
    checkResources(makeStore);
    checkLeases(makeStore);
    checkLists(makeStore);
    checkTags(makeStore);
    checkCrash(makeStore);
  });
}
