import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { ObjectStoreError, type ObjectStoreErrorCode } from '../object-store-error.ts';
import type { GetOptions, ObjectInfo, ObjectStore } from '../object-store.ts';
import type { MakeObjectStore, ObjectStoreUnderTest } from './check-object-store.ts';

export const bucket = 'bucket-1';

/** An empty store with one bucket, gone after the test. */
export async function fixture(
  t: TestContext,
  make: MakeObjectStore,
): Promise<{ store: ObjectStore; underTest: ObjectStoreUnderTest }> {
  const underTest = await make();
  t.after(() => underTest.dispose());
  const store = await underTest.open();
  await store.createBucket(bucket);
  return { store, underTest };
}

export async function read(store: ObjectStore, key: string, options?: GetOptions): Promise<Buffer> {
  const { body } = await store.get(bucket, key, options);
  return buffer(body);
}

export async function refused(promise: Promise<unknown>, code: ObjectStoreErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof ObjectStoreError, `expected an ObjectStoreError, got ${String(error)}`);
    assert.equal(error.code, code);
    return true;
  });
}

/** What every store tells of an object in a listing; times in whole seconds, as HTTP gives them. */
export function inBrief({ key, size, etag, modifiedAt }: ObjectInfo): object {
  return { key, size, etag, modifiedAt: Math.floor(modifiedAt.getTime() / 1000) };
}

/** A body of `size` bytes, the same piece again and again: nothing of it is kept. */
export async function* pieces(size: number, fill: number, piece = 65_536): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(piece).fill(fill);
  for (let left = size; left > 0; left -= piece) {
    // A turn of the event loop, as between two pieces from a socket.
    await new Promise((resolve) => setImmediate(resolve));
    yield left >= piece ? block : block.subarray(0, left);
  }
}
