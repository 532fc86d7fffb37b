/** Rows of which only the entries that are not zero are held, in kernel memory. */

/** Pointers are valid until the next batch is asked for. */
export interface SparseBatch {
  readonly rows: number;
  /** Entries of all rows together. */
  readonly entries: number;
  /** Pointer to `rows` + 1 numbers (i32): the first entry of each row, and the end. */
  readonly starts: number;
  /** Pointer to `entries` keys (i32, from 0): the feature of each entry; within a row in the order of the data, none twice. */
  readonly keys: number;
  /** Pointer to `entries` numbers (f32). */
  readonly values: number;
  /** Pointer to `rows` numbers (f32); 0 when the rows have no labels. */
  readonly labels: number;
  /** The same entries by feature, where they were asked for. */
  readonly byFeature: SparseColumns | undefined;
}

/** The entries of a batch by feature, in the order in which features first occur. */
export interface SparseColumns {
  /** Features that occur in the batch. */
  readonly count: number;
  /** Pointer to `count` keys (i32). */
  readonly ids: number;
  /** Pointer to `count` + 1 numbers (i32): the first entry of each feature, and the end. */
  readonly starts: number;
  /** Pointer to the row (i32) of each entry, ascending within a feature. */
  readonly rows: number;
  /** Pointer to the value (f32) of each entry. */
  readonly values: number;
}

/** Rows as a reader hands them on; the arrays are valid until the next block is asked for. */
export interface SparseBlock {
  readonly rows: number;
  /** `rows` + 1 numbers: the first entry of each row, and the end. */
  readonly starts: Int32Array;
  readonly keys: Int32Array;
  readonly values: Float32Array;
  /** One per row; empty when the rows have no labels. */
  readonly labels: Float32Array;
  /** Where a row, counted from 0, was read, for messages: `file train/a.pbr, record 7 (offset 312)`. Valid as long as the arrays are. */
  readonly place: (row: number) => string;
}

export interface SparseOptions {
  /** Features: keys are below. */
  readonly columns: number;
  /** Numbers of label in a row. */
  readonly labelSize: 0 | 1;
  /** Says in words what is wrong with a label, if anything; the reader adds the place and throws a ClientError. */
  readonly checkLabel?: (label: number) => string | undefined;
}
