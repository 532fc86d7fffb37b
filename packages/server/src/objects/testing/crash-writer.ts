/** The child of the crash test: puts and deletes for ever, and prints each change once the store has acknowledged it. */
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { ObjectStore } from '../object-store.ts';
import { bucket, pieces } from './fixture.ts';

export const crashKeys = ['a', 'a/b', 'dir/c', '../d'] as const;

/** Sizes below and above one block, different for each change. */
export function crashSize(change: number): number {
  return 1000 + ((change * 611_953) % 2_500_000);
}

/** Every fifth change of a key removes it. */
export function removes(change: number): boolean {
  return change % 5 === 4;
}

/** @param change counts up for each key, over all rounds */
async function writeForEver(store: ObjectStore, key: string, first: number): Promise<never> {
  for (let change = first; ; change++) {
    if (removes(change)) await store.delete(bucket, key);
    else
      await store.put(bucket, key, pieces(crashSize(change), change % 251), { metadata: { change: String(change) } });
    writeSync(1, `${JSON.stringify({ key, change })}\n`);
  }
}

const [, script = '', moduleUrl, argument = '', first = '0'] = process.argv;
if (moduleUrl !== undefined && import.meta.url === pathToFileURL(script).href) {
  // Safe: the test names a module with this export.
  const opener = (await import(moduleUrl)) as { open(argument: string): Promise<ObjectStore> };
  const store = await opener.open(argument);
  await Promise.all(crashKeys.map((key) => writeForEver(store, key, Number(first))));
}
