/** How the child of the crash test opens the store of its parent. */
import { FileObjectStore } from '../files/file-object-store.ts';
import type { ObjectStore } from '../object-store.ts';

export function open(root: string): Promise<ObjectStore> {
  return Promise.resolve(new FileObjectStore({ root }));
}
