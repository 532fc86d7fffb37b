/** Rows of numbers, as callers have them, to and from CSV. */
export type Row = ArrayLike<number>;

/** One line per row, numbers with every digit that matters. @throws TypeError when rows differ in length. */
export function rowsToCsv(rows: readonly Row[]): string {
  const width = rows[0]?.length ?? 0;
  return rows
    .map((row, index) => {
      if (row.length !== width) throw new TypeError(`Row ${index} has ${row.length} values, but row 0 has ${width}`);
      return Array.from(row).join(',');
    })
    .join('\n');
}

/** True for an array of arrays (or typed arrays) of numbers. */
export function isRows(value: unknown): value is Row[] {
  return (
    Array.isArray(value) &&
    value.every(
      (row) => ArrayBuffer.isView(row) || (Array.isArray(row) && row.every((cell) => typeof cell === 'number')),
    )
  );
}
