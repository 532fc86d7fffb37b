/** Rows as the readers hand them on: 32-bit numbers in kernel memory, features apart from labels. */
export interface RowBlock {
  readonly rows: number;
  /** Features in a row. */
  readonly columns: number;
  /** Numbers from one row's start to the next: {@link columns} rounded up to a multiple of four; the padding is zero. */
  readonly stride: number;
  /** Numbers in a row's label. */
  readonly labelSize: number;
  /** Pointer to `rows` × `stride` numbers, valid until the next block is asked for. */
  readonly values: number;
  /** Pointer to `rows` × `labelSize` numbers. */
  readonly labels: number;
  /** Where a row, counted from 0, was read, for messages: `file train/a.csv, line 7`. Valid as long as the numbers are. */
  readonly place: (row: number) => string;
}

export interface RowOptions {
  /** Features that each row must have; by default what the first row has. */
  readonly columns?: number | undefined;
  /** Numbers of label in front of (CSV) or beside (recordio) the features. `auto`: none, or one when a row has one number more than {@link columns}. */
  readonly labelSize: number | 'auto';
  /** NaN and (CSV) empty fields: an error that names the place, or values that are missing, passed on as NaN. Default `refuse`. Infinity is always an error. */
  readonly nan?: 'refuse' | 'missing';
  /** Says in words what is wrong with a number of label, if anything; the reader adds the place and throws a ClientError. */
  readonly checkLabel?: (label: number) => string | undefined;
}
