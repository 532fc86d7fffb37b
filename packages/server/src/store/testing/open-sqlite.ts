/** How the child of the crash test opens the store of its parent. */
import { wallClock } from '../../clock.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import type { Store } from '../store.ts';

export function open(file: string): Promise<Store> {
  return openSqliteStore({ file, clock: wallClock });
}
