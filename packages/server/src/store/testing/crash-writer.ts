/** The child of the crash test: creates resources for ever and prints each name once the store has acknowledged it. */
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { ResourceDraft } from '../resource.ts';
import type { Store } from '../store.ts';
import { model } from './fixture.ts';

/** Long enough to span several pages of a database file. */
export function crashSpec(name: string): ResourceDraft<'model'>['spec'] {
  return { ModelName: name, Containers: [{ Environment: { FILL: name.repeat(2_000) } }] };
}

async function writeForEver(moduleUrl: string, argument: string, round: string): Promise<never> {
  // Safe: the test names a module with this export.
  const opener = (await import(moduleUrl)) as { open(argument: string): Promise<Store> };
  const store = await opener.open(argument);
  for (let count = 0; ; count += 1) {
    const name = `r${round}-${count}`;
    await store.create(model(name, { spec: crashSpec(name), tags: { of: name } }));
    writeSync(1, `${name}\n`);
  }
}

const [, script = '', moduleUrl, argument = '', round = ''] = process.argv;
if (moduleUrl !== undefined && import.meta.url === pathToFileURL(script).href)
  await writeForEver(moduleUrl, argument, round);
