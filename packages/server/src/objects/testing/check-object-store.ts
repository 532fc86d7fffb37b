/**
 * The contract of the `ObjectStore` seam. Every implementation runs this suite:
 *
 *     checkObjectStore('FileObjectStore', async () => ({ open, crashOpener, dispose }));
 */
import { describe, test, type TestContext } from 'node:test';
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

/** As `test` of node:test. */
export type ContractTest = (name: string, body: (t: TestContext) => Promise<void>) => void;

export interface ContractOptions {
  /** How many listings are compared with the model: fewer where each is a call over the wire. Default 150. */
  readonly listings?: number;
  /** Tests by name that the store below an implementation cannot pass, and why. */
  readonly lacks?: Readonly<Record<string, string>>;
}

export function checkObjectStore(
  name: string,
  make: MakeObjectStore,
  { listings = 150, lacks = {} }: ContractOptions = {},
): void {
  const contractTest: ContractTest = (title, body) => {
    void test(title, { skip: lacks[title] ?? false }, body);
  };
  describe(`${name} keeps the ObjectStore contract`, () => {
    checkBuckets(make, contractTest);
    checkObjects(make, contractTest);
    checkListing(make, contractTest, listings);
    checkMultipart(make, contractTest);
    checkStreams(make, contractTest);
    checkCrash(make, contractTest);
  });
}
