/** From hyperparameters to what they mean for the index, or the refusal of what the machine cannot hold. */
import { requireMemory } from '../program/memory.ts';
import { filterBytes } from './filter.ts';
import { codeSizes } from './hyperparameters.ts';
import type { Metric } from './metric.ts';
import { Panels } from './panels.ts';
import type { ReductionSettings } from './reduction.ts';
import type { KnnContext } from './train-context.ts';

export interface IndexSettings {
  readonly metric: Metric;
  readonly normalize: boolean;
  readonly reduction: ReductionSettings | undefined;
  /** Numbers of a row of the index. */
  readonly width: number;
  /** Whether there are lists; how many depends on the rows. */
  readonly listed: boolean;
  /** Bytes of a code. */
  readonly parts: number | undefined;
}

export function indexSettings({ hyperparameters, seed }: Pick<KnnContext, 'hyperparameters' | 'seed'>): IndexSettings {
  const { feature_dim: columns, dimension_reduction_type: type, dimension_reduction_target: target } = hyperparameters;
  const reduced = type === undefined || target === undefined ? columns : target;
  const parts =
    hyperparameters.index_type === 'faiss.IVFPQ' ? (hyperparameters.faiss_index_pq_m ?? partsFor(reduced)) : undefined;
  const width = Math.ceil(reduced / (parts ?? 1)) * (parts ?? 1);
  return {
    metric: hyperparameters.index_metric === 'L2' ? 'l2' : 'inner-product',
    normalize: hyperparameters.index_metric === 'COSINE',
    reduction: type === undefined ? undefined : { type, seed, target: width, columns },
    width,
    listed: hyperparameters.index_type !== 'faiss.Flat',
    parts,
  };
}

/** `auto`: the square root of the rows that the sample may have, or has where they are fewer. */
export function listCount({ hyperparameters }: Pick<KnnContext, 'hyperparameters'>, rows: number): number {
  const { faiss_index_ivf_nlists: given, sample_size: size } = hyperparameters;
  return given === 'auto' ? Math.max(1, Math.round(Math.sqrt(Math.min(size, rows)))) : given;
}

/** Thrown when a full sample does not fit: ClientError with the numbers. */
export function requireIndexMemory(context: KnnContext, { width, listed }: IndexSettings): void {
  const { sample_size: rows, feature_dim: columns } = context.hyperparameters;
  const remedy = 'lower sample_size or dimension_reduction_target';
  const lists = listCount(context, rows);
  const bytes = Panels.bytes(rows, width, lists) + (listed ? 0 : filterBytes(rows, width));
  requireMemory({
    bytes,
    what: `an index of ${rows} rows with ${width} numbers`,
    remedy,
  });
  // The sample as it was read and as the index has it, and the file that is written.
  const copies = rows * (columns + 3 * (width + 2)) * 4 * Math.min(2, context.hosts.length);
  requireMemory({
    bytes: copies + bytes,
    what: `a sample of ${rows} rows with ${columns} features and its index`,
    remedy,
    inKernels: false,
  });
}

function partsFor(columns: number): number {
  return codeSizes.findLast((size) => size * 4 <= columns) ?? 1;
}
