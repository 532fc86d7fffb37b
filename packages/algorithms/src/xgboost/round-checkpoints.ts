/** Models of rounds under way, in files of the names that AWS's container gives them: any of them can be loaded as a model. */
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainContext } from '../program/train-context.ts';
import type { Booster } from './booster.ts';
import { readModel, writeModel } from './model-file.ts';
import type { XgboostHyperparameters } from './settings.ts';

const name = 'xgboost-checkpoint';
/** Files that are kept. */
const most = 5;

/** The model of the last round that was kept, the same on all hosts. */
export async function loadRound({
  checkpoints,
  collective,
}: TrainContext<XgboostHyperparameters>): Promise<Booster | undefined> {
  const { folder } = checkpoints;
  const last = folder === undefined ? undefined : (await rounds(folder)).at(-1);
  const own =
    folder === undefined || last === undefined ? new Uint8Array(0) : await readFile(join(folder, `${name}.${last}`));
  const bytes = await collective.broadcast(own);
  return bytes.length === 0 ? undefined : readModel(bytes, `${name}.${last ?? ''}`);
}

/** Writes the model of a round, whole or not at all, and removes those of rounds long past. The first host does. */
export async function keepRound(
  { checkpoints: { folder }, collective }: TrainContext<XgboostHyperparameters>,
  booster: () => Booster,
  round: number,
): Promise<void> {
  if (folder === undefined || collective.rank > 0) return;
  const draft = join(folder, `.${name}-${crypto.randomUUID()}`);
  await writeFile(draft, writeModel(booster()), { flush: true });
  await rename(draft, join(folder, `${name}.${round}`));
  const kept = await rounds(folder);
  await Promise.all(kept.slice(0, -most).map((old) => rm(join(folder, `${name}.${old}`), { force: true })));
}

async function rounds(folder: string): Promise<number[]> {
  const files = await readdir(folder);
  return files
    .flatMap((file) => /^xgboost-checkpoint\.(\d+)$/.exec(file)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
}
