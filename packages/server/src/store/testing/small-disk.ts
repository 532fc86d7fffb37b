/** Run on a small file system of its own: fills it, makes room, remounts it read-only, and prints what the store said. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wallClock } from '../../clock.ts';
import { StoreUnavailable } from '../errors.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import { model } from './fixture.ts';

const folder = process.argv[2] ?? '';
const file = join(folder, 'rung.db');
const filler = join(folder, 'filler');
writeFileSync(filler, Buffer.alloc(1_000_000));

const store = await openSqliteStore({ file, clock: wallClock });
const acknowledged: string[] = [];
const full = await reason(async () => {
  for (let count = 0; count < 1_000; count += 1) {
    await store.create(model(`m${count}`, { spec: { ModelName: 'x'.repeat(20_000) } }));
    acknowledged.push(`m${count}`);
  }
});
rmSync(filler);
const afterwards = await reason(async () => void (await store.create(model('afterwards'))));
let lost = 0;
for (const name of acknowledged) if (!(await store.get('model', name))) lost += 1;
await store.close();
execFileSync('mount', ['-o', 'remount,ro', folder]);
const readOnly = await reason(async () => void (await openSqliteStore({ file, clock: wallClock })));
process.stdout.write(JSON.stringify({ full, lost, afterwards, readOnly }));

async function reason(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return 'written';
  } catch (error) {
    return error instanceof StoreUnavailable ? error.reason : String(error);
  }
}
