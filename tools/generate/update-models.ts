import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { compact, formatModel, object } from './compact.ts';
import type { CompactModel, Json, JsonObject } from './compact.ts';

const run = promisify(execFile);

/** The pinned origin of the models: packages/wire/models/SOURCE.json. */
export interface Source {
  package: string;
  version: string;
  wheel: string;
  sha256: string;
  /** SHA-256 of each service's compact model, as --update wrote it. */
  services: Record<string, string>;
}

export async function readSource(modelsFolder: string): Promise<Source> {
  // A file of this repository, changed only together with this code.
  return JSON.parse(await readFile(join(modelsFolder, 'SOURCE.json'), 'utf8')) as Source;
}

/**
 * Downloads the pinned wheel, checks it, and rewrites the compact models, the licence and the notice.
 * Thrown when the wheel cannot be had or does not have the pinned checksum.
 */
export async function updateModels(modelsFolder: string): Promise<void> {
  const source = await readSource(modelsFolder);
  const folder = await mkdtemp(join(tmpdir(), 'rung-generate-'));
  try {
    const wheel = await download(source, folder);
    await run('python3', ['-m', 'zipfile', '-e', wheel, folder]);
    for (const service of Object.keys(source.services)) {
      const model = await readModel(join(folder, source.package, 'data', service));
      const text = formatModel(model);
      source.services[service] = sha256(text);
      await writeFile(join(modelsFolder, `${service}.json`), text);
      console.log(`wrote packages/wire/models/${service}.json`);
    }
    const info = join(folder, `${source.package}-${source.version}.dist-info`);
    await copyFile(join(info, 'LICENSE.txt'), join(modelsFolder, 'LICENSE.txt'));
    await copyFile(join(info, 'NOTICE'), join(modelsFolder, 'NOTICE'));
    await writeFile(join(modelsFolder, 'SOURCE.json'), `${JSON.stringify(source, null, 2)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function download(source: Source, folder: string): Promise<string> {
  const requirement = `${source.package}==${source.version}`;
  await run('python3', ['-m', 'pip', 'download', requirement, '--no-deps', '--dest', folder, '--quiet']);
  const wheel = join(folder, source.wheel);
  const sum = sha256(await readFile(wheel));
  if (sum !== source.sha256) {
    throw new Error(
      `${source.wheel} has sha256 ${sum}, but packages/wire/models/SOURCE.json pins ${source.sha256}. ` +
        'If you meant to move to another version, change version, wheel and sha256 there together.',
    );
  }
  return wheel;
}

export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

async function readModel(serviceFolder: string): Promise<CompactModel> {
  const version = (await readdir(serviceFolder)).sort().at(-1);
  if (version === undefined) throw new Error(`${serviceFolder} holds no version of the service`);
  const folder = join(serviceFolder, version);
  const extras = await readJson(folder, 'service-2.sdk-extras');
  const service = merge(await readJson(folder, 'service-2'), object(extras['merge'] ?? {}));
  const { pagination = {} } = await readJson(folder, 'paginators-1');
  const { waiters = {} } = await readJson(folder, 'waiters-2');
  return compact(service, object(pagination), object(waiters));
}

/** A file of the model, plain or compressed; an absent one is an empty object. */
async function readJson(folder: string, name: string): Promise<JsonObject> {
  const files = await readdir(folder);
  let text = '{}';
  if (files.includes(`${name}.json.gz`)) {
    text = gunzipSync(await readFile(join(folder, `${name}.json.gz`))).toString('utf8');
  } else if (files.includes(`${name}.json`)) {
    text = await readFile(join(folder, `${name}.json`), 'utf8');
  }
  // JSON.parse gives a JSON value; object() refuses what is not an object.
  return object(JSON.parse(text) as Json);
}

function merge(target: JsonObject, extras: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...target };
  for (const [key, value] of Object.entries(extras)) {
    const current = merged[key];
    merged[key] = isObject(current) && isObject(value) ? merge(current, value) : value;
  }
  return merged;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
