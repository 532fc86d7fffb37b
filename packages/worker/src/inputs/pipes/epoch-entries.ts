import { DataError } from '../../data-error.ts';
import type { Input, PipeDelivery } from '../../instance-spec.ts';
import type { Platform } from '../../platform/platform.ts';
import { type InputObject, listInput, nothingFound } from '../list-input.ts';
import { type ManifestPart, readAugmentedManifest } from './augmented-manifest.ts';
import { shuffle } from './shuffle.ts';

/** What goes into the pipe as one piece: an object, or a value that stands in an augmented manifest itself. */
export type Entry = { readonly type: 'object'; readonly object: InputObject } | ManifestPart;

export interface EpochPlace {
  readonly platform: Platform;
  readonly root: string | undefined;
  readonly instanceCount: number;
  readonly index: number;
  readonly signal: AbortSignal;
}

/**
 * What this host gets in one epoch, in its order. Shuffled before it is dealt out, so that a host sees other objects in each epoch; all hosts
 * mix alike. Without shuffling, memory does not depend on how much there is.
 * @throws DataError when there is nothing at all.
 */
export async function* epochEntries(
  input: Input,
  { attributes, shuffleSeed }: PipeDelivery,
  epoch: number,
  place: EpochPlace,
): AsyncGenerator<Entry> {
  let units = input.type === 'augmented-manifest' ? linesOf(input, attributes, place) : objectsOf(input, place);
  if (shuffleSeed !== undefined) units = mixed(units, shuffleSeed, epoch);
  let position = 0;
  for await (const unit of units) {
    if (input.distribution === 'replicated' || position % place.instanceCount === place.index) yield* unit;
    position += 1;
  }
  if (position === 0) throw nothingFound(input);
}

/** The entries that stay together. */
type Unit = readonly Entry[];

async function* objectsOf(input: Input, { platform, signal }: EpochPlace): AsyncGenerator<Unit> {
  for await (const object of listInput(platform, input, signal)) yield [{ type: 'object', object }];
}

async function* linesOf(input: Input, attributes: readonly string[], place: EpochPlace): AsyncGenerator<Unit> {
  yield* readAugmentedManifest(input.uri, attributes, place);
}

async function* mixed(units: AsyncGenerator<Unit>, seed: number, epoch: number): AsyncGenerator<Unit> {
  const all: Unit[] = [];
  for await (const unit of units) {
    all.push(unit);
    if (all.length > MIXED_AT_MOST)
      throw new DataError(
        `ShuffleConfig can mix ${MIXED_AT_MOST} objects at most. Put several examples into each object.`,
      );
  }
  shuffle(all, seed, epoch);
  yield* all;
}

/** Some gigabytes of memory: who has more objects than this has other troubles with them. */
const MIXED_AT_MOST = 10_000_000;
