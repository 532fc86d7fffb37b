/**
 * The contract of the `ObjectStore` seam. Every implementation runs this suite:
 *
 *     checkObjectStore('FileObjectStore', async () => ({ open, crashOpener, dispose }));
 */
import { describe } from 'node:test';
import type { ObjectStore } from '../object-store.ts';
import { checkBuckets } from './check-buckets.ts';
import { checkCrash } from './check-crash.ts';
import { checkListing } from './check-listing.ts';
import { checkMultipart } from './check-multipart.ts';
import { checkObjects } from './check-objects.ts';
import { checkStreams } from './check-streams.ts';

export interface ObjectStoreUnderTest {
  /** Opens the store of this test: empty at first. Called again only after the one before was closed. */
  open(): Promise<ObjectStore>;
  /** How another process opens the same store: a module that exports `open(argument: string): Promise<ObjectStore>`. */
  crashOpener: { module: URL; argument: string };
  /** Closes what is open and removes everything. */
  dispose(): Promise<void>;
}

export type MakeObjectStore = () => Promise<ObjectStoreUnderTest>;

/** @param listings how many listings are compared with the model: fewer where each is a call over the wire */
export function checkObjectStore(name: string, make: MakeObjectStore, { listings = 150 } = {}): void {
  describe(`${name} keeps the ObjectStore contract`, () => {
    checkBuckets(make);
    checkObjects(make);
    checkListing(make, listings);
    checkMultipart(make);
    checkStreams(make);
    checkCrash(make);
  });
}
