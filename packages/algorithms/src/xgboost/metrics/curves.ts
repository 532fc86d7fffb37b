/** Areas under curves. Of several hosts each measures its own rows, and counts as in XGBoost: of auc by its positives times its negatives, of aucpr like any other. */
import type { Kernels } from '../../kernels/kernels.ts';
import type { Metric } from './metric.ts';

/** What a host knows of one class: the area, what it is a part of, and how much the class counts among others. */
type Part = readonly [area: number, extent: number, share: number];

interface Rows {
  /** By falling score. */
  readonly order: Int32Array;
  readonly score: (row: number) => number;
  readonly positive: (row: number) => number;
  readonly weight: (row: number) => number;
}

/** Of several classes the mean of each against the rest, weighted by how often it occurs. Where all rows are of one kind it is 0.5. */
export function auc(name: string): Metric {
  return curve(name, areaUnderRoc, 0.5);
}

/** Of several classes the plain mean. Without positives it is 0. */
export function aucpr(name: string): Metric {
  return curve(name, areaUnderPrecision, 0);
}

function curve(name: string, part: (rows: Rows) => Part, none: number): Metric {
  return {
    name,
    maximize: true,
    sums: ({ kernels, data, answers: { pointer, values: answers }, groups }) => {
      const labels = data.labels.values;
      // Weights of rankings are per query.
      const weights = data.groupStarts === undefined ? data.weights?.values : undefined;
      const sums = new Float64Array(3 * groups);
      for (let group = 0; group < groups; group++) {
        const rows = {
          order: rowsByScore(kernels, pointer + 4 * group, labels.length, groups),
          score: (row: number) => answers[row * groups + group] ?? 0,
          positive: (row: number) => (groups === 1 ? (labels[row] ?? 0) : Number(labels[row] === group)),
          weight: (row: number) => weights?.[row] ?? 1,
        };
        sums.set(part(rows), 3 * group);
      }
      return sums;
    },
    value: (sums) => {
      let [sum, total] = [0, 0];
      for (let at = 0; at < sums.length; at += 3) {
        const [area = 0, extent = 0, share = 0] = sums.subarray(at, at + 3);
        if (extent === 0) continue;
        sum += (area / extent) * share;
        total += share;
      }
      return total === 0 ? none : sum / total;
    },
  };
}

/** `scores`: of the first row, in kernel memory; the next row's are `groups` numbers behind. */
function rowsByScore({ heap, pool }: Kernels, scores: number, rows: number, groups: number): Int32Array {
  const space = heap.allocate(rows * 16 + 24_576);
  pool.call('measures', 'order_rows', [scores, groups, rows, space]);
  const order = heap.viewInt32(space + rows * 12, rows).slice();
  heap.free(space);
  return order;
}

function areaUnderRoc(rows: Rows): Part {
  let area = 0;
  const { hits, misses } = walk(rows, (from, to) => {
    area += ((to.misses - from.misses) * (to.hits + from.hits)) / 2;
  });
  return hits * misses === 0 ? [0, 0, 0] : [area, hits * misses, hits];
}

/** Davis & Goadrich 2006: between two points precision is not on a straight line. */
function areaUnderPrecision(rows: Rows): Part {
  let total = 0;
  for (const row of rows.order) total += rows.positive(row) * rows.weight(row);
  let area = 0;
  walk(rows, (from, to) => {
    area += between(from, to, total);
  });
  return total === 0 ? [0, 0, 0] : [area, 1, 1];
}

/** From one score to the next, rows of one score together; returns where it ends. */
function walk({ order, score, positive, weight }: Rows, step: (from: Point, to: Point) => void): Point {
  let [hits, misses] = [0, 0];
  let from: Point = { hits, misses };
  for (let place = 0; place < order.length; place++) {
    const row = order[place] ?? 0;
    hits += positive(row) * weight(row);
    misses += (1 - positive(row)) * weight(row);
    const next = order[place + 1];
    if (next !== undefined && score(next) === score(row)) continue;
    const to = { hits, misses };
    step(from, to);
    from = to;
  }
  return from;
}

interface Point {
  readonly hits: number;
  readonly misses: number;
}

function between(from: Point, to: Point, total: number): number {
  const gained = to.hits - from.hits;
  if (gained === 0) return 0;
  const slope = (to.misses - from.misses) / gained;
  const offset = (from.misses - slope * from.hits) / total;
  const a = 1 + slope;
  const [start, end] = [from.hits / total, to.hits / total];
  if (offset === 0) return (end - start) / a;
  return (end - start - (offset / a) * (Math.log(a * end + offset) - Math.log(a * start + offset))) / a;
}
