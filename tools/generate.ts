/**
 * Generates what packages/wire derives from the AWS service models.
 *
 *   npm run generate                 emit the types of packages/wire/src/generated from packages/wire/models
 *   npm run generate -- --check      the same in memory; exit 1 and list the files that are stale
 *   npm run generate -- --update     first rebuild packages/wire/models from the pinned botocore wheel (needs pip and a network)
 */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { emitTypes } from './generate/emit-types.ts';
import type { CompactModel } from './generate/compact.ts';
import { readSource, sha256, updateModels } from './generate/update-models.ts';

const wire = join(import.meta.dirname, '..', 'packages', 'wire');
const modelsFolder = join(wire, 'models');
const generatedFolder = join(wire, 'src', 'generated');

const { values: flags } = parseArgs({
  options: { check: { type: 'boolean' }, update: { type: 'boolean' } },
});
if (flags.update) await updateModels(modelsFolder);
const wanted = await emitAll();
const stale = await listStale(wanted);
if (flags.check) report(stale);
else await write(wanted, stale);

async function emitAll(): Promise<Map<string, string>> {
  const { services } = await readSource(modelsFolder);
  const files = new Map<string, string>();
  for (const [service, sum] of Object.entries(services)) {
    const text = await readFile(join(modelsFolder, `${service}.json`), 'utf8');
    if (sha256(text) !== sum) {
      throw new Error(
        `packages/wire/models/${service}.json was changed by hand: run \`npm run generate -- --update\`.`,
      );
    }
    // The file was written by --update in exactly this form.
    const model = JSON.parse(text) as CompactModel;
    files.set(`${service}.types.ts`, emitTypes(service, model));
  }
  return files;
}

async function listStale(wanted: ReadonlyMap<string, string>): Promise<string[]> {
  await mkdir(generatedFolder, { recursive: true });
  const present = await readdir(generatedFolder);
  const stale = present.filter((name) => !wanted.has(name));
  for (const [name, text] of wanted) {
    const current = present.includes(name) ? await readFile(join(generatedFolder, name), 'utf8') : undefined;
    if (current !== text) stale.push(name);
  }
  return stale.sort();
}

function report(stale: readonly string[]): void {
  if (stale.length === 0) return;
  for (const name of stale) console.error(`stale: packages/wire/src/generated/${name}`);
  console.error('Run `npm run generate` and commit the result.');
  process.exitCode = 1;
}

async function write(wanted: ReadonlyMap<string, string>, stale: readonly string[]): Promise<void> {
  for (const name of stale) {
    const path = join(generatedFolder, name);
    const text = wanted.get(name);
    if (text === undefined) await rm(path);
    else await writeFile(path, text);
    console.log(`${text === undefined ? 'removed' : 'wrote'} packages/wire/src/generated/${name}`);
  }
  if (stale.length === 0) console.log('packages/wire/src/generated is fresh');
}
