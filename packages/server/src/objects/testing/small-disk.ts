/** Run on a small file system of its own: fills it, makes room again, and prints what the store said and kept. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FileObjectStore } from '../files/file-object-store.ts';
import { ObjectStoreError } from '../object-store-error.ts';
import { bucket, pieces, read } from './fixture.ts';

const MiB = 1024 * 1024;
const root = join(process.argv[2] ?? '', 'objects');
const store = new FileObjectStore({ root });
await store.createBucket(bucket);
await store.put(bucket, 'kept', pieces(2 * MiB, 1));
const refusals = {
  replace: await reason(() => store.put(bucket, 'kept', pieces(40 * MiB, 2))),
  create: await reason(() => store.put(bucket, 'new', pieces(40 * MiB, 3))),
};
const drafts = readdirSync(join(root, '.rung', 'drafts')).length;
const kept = (await read(store, 'kept')).equals(Buffer.alloc(2 * MiB, 1));
const small: string[] = [];
const filled = await reason(async () => {
  for (let count = 0; count < 10_000; count++) {
    await store.put(bucket, `fill/${count}`, pieces(100_000, count % 251));
    small.push(`fill/${count}`);
  }
});
let lost = 0;
for (const key of small) if ((await read(store, key)).length !== 100_000) lost++;
const removed = await reason(async () => {
  for (const key of small.slice(0, 20)) await store.delete(bucket, key);
});
const afterwards = await reason(() => store.put(bucket, 'afterwards', pieces(100_000, 1)));
const listed = (await store.list(bucket, {})).objects.length === small.length - 20 + 2;
await store.close();
process.stdout.write(JSON.stringify({ ...refusals, drafts, kept, filled, lost, removed, afterwards, listed }));

async function reason(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'done';
  } catch (error) {
    return error instanceof ObjectStoreError ? error.code : String(error);
  }
}
