/** Rows chosen at random from a stream of unknown length, each with the same chance (algorithm L; Li: Reservoir-sampling algorithms, 1994). */
import { createHash } from 'node:crypto';
import type { Collective } from '../collective/collective.ts';
import { Random } from '../random.ts';

/** Rows of an index and their labels, side by side without padding. */
export interface LabelledRows {
  readonly columns: number;
  readonly rows: Float32Array;
  readonly labels: Float32Array;
}

export class Reservoir {
  readonly #size: number;
  readonly #columns: number;
  readonly #random: Random;
  #rows = new Float32Array(0);
  #labels = new Float32Array(0);
  #filled = 0;
  #seen = 0;
  /** The row that will be taken next, once the reservoir is full. */
  #next = 0;
  #weight = 1;

  constructor(size: number, columns: number, seed: number) {
    this.#size = size;
    this.#columns = columns;
    this.#random = new Random(seed, 1);
  }

  /** Rows offered so far. */
  get seen(): number {
    return this.#seen;
  }

  /**
   * @param rows `count` rows of `stride` numbers, of which the first are used. They and the labels are copied.
   * @param check called with the number of each row that is chosen, before it is; may throw.
   */
  offer(
    rows: Float32Array,
    stride: number,
    labels: Float32Array,
    count: number,
    check: (row: number) => void = () => undefined,
  ): void {
    for (let row = 0; row < count;) {
      if (this.#filled < this.#size) {
        check(row);
        this.#append(rows, stride, labels, row);
        row++;
        this.#seen++;
        if (this.#filled === this.#size) this.#skip();
        continue;
      }
      const step = this.#next - this.#seen;
      if (step >= count - row) {
        this.#seen += count - row;
        return;
      }
      row += step;
      check(row);
      this.#write(this.#random.below(this.#size), rows, stride, labels, row);
      row++;
      this.#seen += step + 1;
      this.#skip();
    }
  }

  /** What was chosen; until the reservoir is full, the rows in their order. */
  take(): LabelledRows {
    const columns = this.#columns;
    return {
      columns,
      rows: this.#rows.subarray(0, this.#filled * columns),
      labels: this.#labels.subarray(0, this.#filled),
    };
  }

  #append(rows: Float32Array, stride: number, labels: Float32Array, row: number): void {
    if (this.#filled === this.#labels.length) {
      const capacity = Math.min(this.#size, Math.max(1024, this.#filled * 2));
      this.#rows = grown(this.#rows, capacity * this.#columns);
      this.#labels = grown(this.#labels, capacity);
    }
    this.#write(this.#filled++, rows, stride, labels, row);
  }

  #write(place: number, rows: Float32Array, stride: number, labels: Float32Array, row: number): void {
    this.#rows.set(rows.subarray(row * stride, row * stride + this.#columns), place * this.#columns);
    this.#labels[place] = labels[row] ?? 0;
  }

  #skip(): void {
    this.#weight *= (1 - this.#random.uniform()) ** (1 / this.#size);
    this.#next = this.#seen + Math.floor(Math.log(1 - this.#random.uniform()) / Math.log1p(-this.#weight));
  }
}

function grown(values: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(length);
  larger.set(values);
  return larger;
}

/**
 * One sample of all hosts' rows, the same on every host: each gives a share in proportion to the rows it has read. Hosts that have read the same rows,
 * because the channel is replicated, count once.
 */
export async function sampleOfHosts(
  collective: Collective,
  own: LabelledRows,
  { seen: ownSeen, size, seed }: { readonly seen: number; readonly size: number; readonly seed: number },
): Promise<LabelledRows> {
  if (collective.size === 1) return own;
  const mark = createHash('sha256').update(bytesOf(own.rows)).update(bytesOf(own.labels)).digest('hex');
  const told = new TextEncoder().encode(JSON.stringify({ seen: ownSeen, mark }));
  // Safe: what every host made in the line above.
  const hosts = (await collective.gather(told)).map(
    (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as { readonly seen: number; readonly mark: string },
  );
  const counted = hosts.map((host, rank) =>
    hosts.findIndex((other) => other.mark === host.mark && other.seen === host.seen) === rank ? host.seen : 0,
  );
  const share = sharesOf(counted, size)[collective.rank] ?? 0;
  const parts = await collective.gather(packed(own, share, new Random(seed, 2 + collective.rank)));
  return joined(parts, own.columns);
}

/** How many rows each host gives: in proportion, the largest remainders rounded up. */
export function sharesOf(seen: readonly number[], size: number): number[] {
  const total = seen.reduce((sum, count) => sum + count, 0);
  if (total <= size) return [...seen];
  const exact = seen.map((count) => (count / total) * size);
  const shares = exact.map(Math.floor);
  const order = exact.map((value, rank) => ({ rank, rest: value - Math.floor(value) }));
  let left = size - shares.reduce((sum, share) => sum + share, 0);
  for (const { rank } of order.toSorted((a, b) => b.rest - a.rest || a.rank - b.rank)) {
    if (left === 0) break;
    shares[rank] = (shares[rank] ?? 0) + 1;
    left--;
  }
  return shares;
}

/** `share` rows with their labels behind each. */
function packed({ columns, rows, labels }: LabelledRows, share: number, random: Random): Uint8Array {
  const chosen =
    share < labels.length
      ? random.sample(share, labels.length).toSorted((a, b) => a - b)
      : Array.from({ length: share }, (_, row) => row);
  const values = new Float32Array(share * (columns + 1));
  chosen.forEach((row, at) => {
    values.set(rows.subarray(row * columns, (row + 1) * columns), at * (columns + 1));
    values[at * (columns + 1) + columns] = labels[row] ?? 0;
  });
  return bytesOf(values);
}

function joined(parts: readonly Uint8Array[], columns: number): LabelledRows {
  const count = parts.reduce((sum, part) => sum + part.length, 0) / 4 / (columns + 1);
  const result = { columns, rows: new Float32Array(count * columns), labels: new Float32Array(count) };
  let row = 0;
  for (const part of parts) {
    const values = new Float32Array(new Uint8Array(part).buffer);
    for (let start = 0; start < values.length; start += columns + 1, row++) {
      result.rows.set(values.subarray(start, start + columns), row * columns);
      result.labels[row] = values[start + columns] ?? 0;
    }
  }
  return result;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
