/** What an index holds, as plain arrays: made by training, written to and read from a file, and opened for searching. Rows lie without padding. */
import type { Metric } from './metric.ts';

export type IndexContent = FlatContent | ListedContent | CodedContent;

interface Common {
  readonly metric: Metric;
  /** Numbers in a row. */
  readonly columns: number;
}

/** Rows in their order. */
export interface FlatContent extends Common {
  readonly kind: 'flat';
  readonly rows: Float32Array;
}

interface Lists extends Common {
  /** A center per list. */
  readonly centers: Float32Array;
  /** Lists that a query looks into. */
  readonly probes: number;
  /** Rows in each list. */
  readonly sizes: Int32Array;
  /** Numbers of the rows, list by list. */
  readonly ids: Int32Array;
}

/** Rows list by list. */
export interface ListedContent extends Lists {
  readonly kind: 'ivf-flat';
  readonly rows: Float32Array;
}

/** Codes list by list: a byte for each part of a row's difference from its list's center. */
export interface CodedContent extends Lists {
  readonly kind: 'ivf-pq';
  readonly parts: number;
  /** 256 code words for each part, [part][word][dimension of the part]. */
  readonly codebook: Float32Array;
  readonly codes: Uint8Array;
}

/** Rows that the index holds. */
export function rowCount(content: IndexContent): number {
  return content.kind === 'flat' ? content.rows.length / content.columns : content.ids.length;
}
