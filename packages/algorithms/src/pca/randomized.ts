/**
 * Mode `randomized`: a few passes over the rows, each of which applies the covariances to a block of directions without ever forming them. The blocks of all
 * passes together hold the components far more exactly than the last one alone (Musco and Musco: Randomized block Krylov methods, 2015).
 */
import type { BatchedData } from '../data/batched-data.ts';
import { ClientError } from '../errors.ts';
import { Directions } from '../linear-algebra/directions.ts';
import { requireMemory } from '../program/memory.ts';
import { Random } from '../random.ts';
import type { Components } from './components.ts';
import { SketchPass } from './sketch-pass.ts';
import type { PcaContext } from './train-context.ts';
import { outOfRange, unitsOf, type Units } from './units.ts';

const mostPasses = 4;
/** A component is found when the covariances turn it by no more than this, relative to the largest. */
const tolerance = 1e-5;

/** A stop, or what there is to find being found, ends it after the pass at hand. */
export async function randomizedComponents(context: PcaContext, data: Pick<BatchedData, 'epoch'>): Promise<Components> {
  const { hyperparameters, kernels, collective, stopping, log, seed } = context;
  const { num_components: count, extra_components: extra, feature_dim: columns } = hyperparameters;
  const width = Math.min(columns, count + (extra < 0 ? Math.max(10, count) : extra));
  requireDirections(columns, width);
  const directions = new Directions(kernels, columns, mostPasses * width);
  let block = directions.add(randomBlock(columns, width, new Random(seed, 1)));
  let units: Units | undefined;
  let found: Components | undefined;
  for (let done = 0; block.length > 0; done++) {
    const started = log.elapsed();
    let own = 0;
    let pass: SketchPass | undefined;
    for await (const batch of data.epoch()) {
      units ??= await unitsOf(kernels, batch, collective);
      pass ??= new SketchPass(kernels, units, block, found === undefined);
      pass.add(batch);
      own += batch.rows;
      // The first pass is short when the job is stopped; a later one does not count then.
      if (stopping.aborted) break;
    }
    if (units === undefined || pass === undefined) throw new ClientError('channel train holds no rows');
    const stopped = await pass.share(collective, stopping.aborted);
    log.throughput(own, (log.elapsed() - started) / 1000);
    if (stopped && found !== undefined) {
      pass.release();
      break;
    }
    const { mean, total, images } = pass.result(hyperparameters.subtract_mean);
    pass.release();
    if (!images.every((image) => image.every(Number.isFinite))) throw outOfRange(pass.squares);
    directions.applied(images);
    const { values, vectors, residuals } = directions.best(count);
    const squares = values.slice(0, count);
    found = { mean, total: found?.total ?? total, squares, vectors };
    const complete = Math.max(...residuals) <= tolerance * (values[0] ?? 0) || done + 1 >= mostPasses || stopped;
    log.progress(complete ? mostPasses : done + 1, mostPasses);
    if (complete) break;
    block = directions.add(images);
  }
  directions.release();
  if (found === undefined) throw new ClientError('channel train holds no rows');
  return found;
}

function randomBlock(columns: number, width: number, random: Random): Float64Array[] {
  return Array.from({ length: width }, () => Float64Array.from({ length: columns }, () => random.normal()));
}

function requireDirections(columns: number, width: number): void {
  requireMemory({
    bytes: 2 * mostPasses * columns * width * 8,
    what: `algorithm_mode randomized with ${width} directions of ${columns} features`,
    remedy: 'lower num_components or extra_components',
  });
}
