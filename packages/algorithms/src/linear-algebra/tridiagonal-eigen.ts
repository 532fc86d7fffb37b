/** Eigenvalues of a symmetric tridiagonal matrix by implicit QL steps, and vectors of the largest by inverse iteration. Plain loops: the work grows with n² only. */
import { Random } from '../random.ts';

const epsilon = 2 ** -52;
/** Vectors of values that are nearer than this, relative to the matrix, are made orthogonal by hand, as LAPACK does. */
const clusterGap = 1e-3;
const inverseSteps = 3;

/** `vectors`: of the `count` largest values, one after another. The values come sorted, the largest first. */
export function tridiagonalEigen(
  diagonal: Float64Array,
  besides: Float64Array,
  count: number,
): { readonly values: Float64Array; readonly vectors: Float64Array } {
  const values = eigenvalues(diagonal, besides);
  return { values, vectors: inverseIteration(diagonal, besides, values, count) };
}

/** Runs from the small end of a matrix that is graded downwards, which keeps the small values exact. */
function eigenvalues(diagonal: Float64Array, besides: Float64Array): Float64Array {
  const n = diagonal.length;
  const largest = [...diagonal, ...besides].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // A power of two loses no digit, and no square leaves the range of 64 bits.
  const scale = largest === 0 ? 1 : 2 ** -Math.floor(Math.log2(largest));
  const d = diagonal.map((value) => value * scale).reverse();
  const e = new Float64Array(n);
  e.set(besides.map((value) => value * scale).reverse());
  for (let l = 0; l < n; l++) {
    for (let steps = 0; ; steps++) {
      const m = firstGap(d, e, l);
      if (m === l) break;
      if (steps > 100) throw new Error('an eigenvalue was not found in 100 steps');
      qlStep(d, e, l, m);
    }
  }
  for (let i = 0; i < n; i++) d[i] = (d[i] ?? 0) / scale;
  return d.sort().reverse();
}

/** The first place from `l` on where the matrix falls apart. */
function firstGap(d: Float64Array, e: Float64Array, l: number): number {
  let m = l;
  for (; m < d.length - 1; m++) {
    const around = Math.abs(d[m] ?? 0) + Math.abs(d[m + 1] ?? 0);
    if (Math.abs(e[m] ?? 0) <= epsilon * around) break;
  }
  return m;
}

/** One implicit step with Wilkinson's shift on the places l … m. */
function qlStep(d: Float64Array, e: Float64Array, l: number, m: number): void {
  const half = ((d[l + 1] ?? 0) - (d[l] ?? 0)) / (2 * (e[l] ?? 0));
  const root = Math.hypot(half, 1);
  let g = (d[m] ?? 0) - (d[l] ?? 0) + (e[l] ?? 0) / (half + (half >= 0 ? root : -root));
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = s * (e[i] ?? 0);
    const b = c * (e[i] ?? 0);
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] = (d[i + 1] ?? 0) - p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = (d[i + 1] ?? 0) - p;
    const t = ((d[i] ?? 0) - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
  }
  d[l] = (d[l] ?? 0) - p;
  e[l] = g;
  e[m] = 0;
}

function inverseIteration(
  diagonal: Float64Array,
  besides: Float64Array,
  values: Float64Array,
  count: number,
): Float64Array {
  const n = diagonal.length;
  const vectors = new Float64Array(count * n);
  const scale = Math.max(Math.abs(values[0] ?? 0), Math.abs(values.at(-1) ?? 0));
  const random = new Random(n, 1);
  const solver = new ShiftedSolver(diagonal, besides, scale === 0 ? 1 : scale * epsilon);
  let cluster = 0;
  let shift = Number.POSITIVE_INFINITY;
  for (let k = 0; k < count; k++) {
    const value = values[k] ?? 0;
    if (k > 0 && (values[k - 1] ?? 0) - value > clusterGap * scale) cluster = k;
    // Equal values would give equal systems, and vectors that differ by rounding only.
    shift = Math.min(value, shift - 10 * epsilon * Math.abs(value));
    solver.factor(shift);
    const vector = vectors.subarray(k * n, (k + 1) * n);
    for (let i = 0; i < n; i++) vector[i] = random.normal();
    for (let step = 0; step < inverseSteps; step++) {
      if (scale > 0) solver.solve(vector);
      for (let turn = 0; turn < 2; turn++) {
        normalise(vector);
        for (let other = cluster; other < k; other++) removePart(vector, vectors.subarray(other * n, (other + 1) * n));
      }
      normalise(vector);
    }
  }
  return vectors;
}

function removePart(vector: Float64Array, unit: Float64Array): void {
  let part = 0;
  for (let i = 0; i < vector.length; i++) part += (vector[i] ?? 0) * (unit[i] ?? 0);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) - part * (unit[i] ?? 0);
}

function normalise(vector: Float64Array): void {
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  let sum = 0;
  for (const value of vector) sum += (value / largest) ** 2;
  const norm = largest * Math.sqrt(sum);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / norm;
}

/** (T - shift) x = b by elimination with row exchanges. */
class ShiftedSolver {
  readonly #diagonal: Float64Array;
  readonly #besides: Float64Array;
  /** Stands for a pivot of zero. */
  readonly #least: number;
  readonly #pivots: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #factors: Float64Array;
  readonly #exchanged: Uint8Array;

  constructor(diagonal: Float64Array, besides: Float64Array, least: number) {
    const n = diagonal.length;
    this.#diagonal = diagonal;
    this.#besides = besides;
    this.#least = least;
    this.#pivots = new Float64Array(n);
    this.#first = new Float64Array(n);
    this.#second = new Float64Array(n);
    this.#factors = new Float64Array(n);
    this.#exchanged = new Uint8Array(n);
  }

  factor(shift: number): void {
    const n = this.#diagonal.length;
    let pivot = (this.#diagonal[0] ?? 0) - shift;
    let after = this.#besides[0] ?? 0;
    for (let i = 0; i < n - 1; i++) {
      const below = this.#besides[i] ?? 0;
      const next = (this.#diagonal[i + 1] ?? 0) - shift;
      const nextAfter = this.#besides[i + 1] ?? 0;
      const exchange = Math.abs(below) > Math.abs(pivot);
      this.#exchanged[i] = exchange ? 1 : 0;
      if (exchange) {
        const factor = pivot / below;
        this.#set(i, below, next, nextAfter, factor);
        pivot = after - factor * next;
        after = -factor * nextAfter;
      } else {
        const factor = pivot === 0 ? 0 : below / pivot;
        this.#set(i, pivot, after, 0, factor);
        pivot = next - factor * after;
        after = nextAfter;
      }
    }
    this.#set(n - 1, pivot, 0, 0, 0);
  }

  solve(x: Float64Array): void {
    const n = x.length;
    for (let i = 0; i < n - 1; i++) {
      const own = x[i] ?? 0;
      const next = x[i + 1] ?? 0;
      const factor = this.#factors[i] ?? 0;
      if (this.#exchanged[i] === 1) {
        x[i] = next;
        x[i + 1] = own - factor * next;
      } else x[i + 1] = next - factor * own;
    }
    for (let i = n - 1; i >= 0; i--) {
      const rest = (this.#first[i] ?? 0) * (x[i + 1] ?? 0) + (this.#second[i] ?? 0) * (x[i + 2] ?? 0);
      x[i] = ((x[i] ?? 0) - rest) / (this.#pivots[i] ?? 1);
      // Near an eigenvalue the solution grows without bounds, and only its direction counts.
      if (Math.abs(x[i] ?? 0) > 1e200) for (let j = 0; j < n; j++) x[j] = (x[j] ?? 0) * 1e-200;
    }
  }

  #set(i: number, pivot: number, first: number, second: number, factor: number): void {
    this.#pivots[i] = Math.abs(pivot) < this.#least ? (pivot < 0 ? -this.#least : this.#least) : pivot;
    this.#first[i] = first;
    this.#second[i] = second;
    this.#factors[i] = factor;
  }
}
