/** Scales each row to length one; a row of zeros stays. */
export function normalise(rows: Float32Array, columns: number): void {
  for (let start = 0; start < rows.length; start += columns) {
    let square = 0;
    for (let i = start; i < start + columns; i++) square += (rows[i] ?? 0) ** 2;
    if (square === 0) continue;
    const factor = 1 / Math.sqrt(square);
    for (let i = start; i < start + columns; i++) rows[i] = (rows[i] ?? 0) * factor;
  }
}
