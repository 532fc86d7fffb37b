/** Metrics of the order of answers: areas under curves, and rankings of queries. Hosts count by their rows. */
import type { Kernels } from '../../kernels/kernels.ts';
import { byTime } from '../objectives/cox.ts';
import { overQueries, weightOfQueries, type QueryTask } from '../objectives/queries.ts';
import { quotient, type Metric, type Scored } from './metric.ts';

export const orderMetrics: Readonly<Record<string, (name: string, parameter: number | undefined) => Metric>> = {
  auc: (name) => curve(name, areaUnderRoc, true),
  aucpr: (name) => curve(name, areaUnderPrecision, false),
  ndcg: (name, most) => perQuery(name, 'query_ndcg', most),
  map: (name, most) => perQuery(name, 'query_map', most),
  pre: (name, most) => perQuery(name, 'query_precision', most),
  'cox-nloglik': (name) => ({ name, maximize: false, sums: coxLikelihood, value: quotient() }),
};

/** A mean over queries, weighted, of the rows that are ranked highest: as many as XGBoost takes, where nothing is said. */
function perQuery(name: string, kernel: QueryTask['kernel'], most = 32): Metric {
  return {
    name,
    maximize: true,
    sums: ({ kernels, data, answers: { pointer: scores } }) =>
      Float64Array.of(overQueries({ kernels, data, scores, kernel, parameters: [most] }), weightOfQueries(data)),
    value: quotient(),
  };
}

type Area = (
  order: Int32Array,
  scores: (row: number) => number,
  positive: (row: number) => number,
  weight: (row: number) => number,
) => number;

/** Of several classes the mean of each against the rest; `byFrequency`: weighted by how often it occurs. */
function curve(name: string, area: Area, byFrequency: boolean): Metric {
  return {
    name,
    maximize: true,
    sums: ({ kernels, data, answers: { pointer, values: answers }, groups }) => {
      const labels = data.labels.values;
      const rows = labels.length;
      const weight = (row: number): number => (data.groupStarts === undefined ? (data.weights?.values[row] ?? 1) : 1);
      if (groups === 1) {
        const order = rowsByScore(kernels, pointer, rows, 1);
        return Float64Array.of(
          area(
            order,
            (row) => answers[row] ?? 0,
            (row) => labels[row] ?? 0,
            weight,
          ) * rows,
          rows,
        );
      }
      let sum = 0;
      let total = 0;
      for (let group = 0; group < groups; group++) {
        const positive = (row: number): number => (labels[row] === group ? 1 : 0);
        let count = 0;
        for (let row = 0; row < rows; row++) count += positive(row) * weight(row);
        if (count === 0) continue;
        const share = byFrequency ? count : 1;
        const order = rowsByScore(kernels, pointer + 4 * group, rows, groups);
        sum += area(order, (row) => answers[row * groups + group] ?? 0, positive, weight) * share;
        total += share;
      }
      return Float64Array.of(total === 0 ? 0 : (sum / total) * rows, rows);
    },
    value: quotient(),
  };
}

/** By falling score. `scores`: of the first row, in kernel memory; the next row's are `groups` numbers behind. */
function rowsByScore({ heap, pool }: Kernels, scores: number, rows: number, groups: number): Int32Array {
  const space = heap.allocate(rows * 16 + 24_576);
  pool.call('measures', 'order_rows', [scores, groups, rows, space]);
  const order = heap.viewInt32(space + rows * 12, rows).slice();
  heap.free(space);
  return order;
}

const areaUnderRoc: Area = (order, score, positive, weight) => {
  let [area, hits, misses, lastHits, lastMisses] = [0, 0, 0, 0, 0];
  for (let place = 0; place < order.length; place++) {
    const row = order[place] ?? 0;
    hits += positive(row) * weight(row);
    misses += (1 - positive(row)) * weight(row);
    const next = order[place + 1];
    if (next !== undefined && score(next) === score(row)) continue;
    area += ((misses - lastMisses) * (hits + lastHits)) / 2;
    [lastHits, lastMisses] = [hits, misses];
  }
  return hits === 0 || misses === 0 ? 0.5 : area / (hits * misses);
};

/** Davis & Goadrich 2006: between two points precision is not on a straight line. */
const areaUnderPrecision: Area = (order, score, positive, weight) => {
  let total = 0;
  for (const row of order) total += positive(row) * weight(row);
  let [area, hits, misses, lastHits, lastMisses] = [0, 0, 0, 0, 0];
  for (let place = 0; place < order.length; place++) {
    const row = order[place] ?? 0;
    hits += positive(row) * weight(row);
    misses += (1 - positive(row)) * weight(row);
    const next = order[place + 1];
    if (next !== undefined && score(next) === score(row)) continue;
    area += between({ hits: lastHits, misses: lastMisses }, { hits, misses }, total);
    [lastHits, lastMisses] = [hits, misses];
  }
  return total === 0 ? 0 : area;
};

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

function coxLikelihood({ data, answers: { values: answers } }: Scored): Float64Array {
  const labels = data.labels.values;
  let atRisk = answers.reduce((sum, hazard) => sum + hazard, 0);
  let [out, events, gone] = [0, 0, 0];
  const order = byTime(labels);
  for (const [place, row] of order.entries()) {
    const label = labels[row] ?? 0;
    if (label > 0) {
      out -= Math.log(answers[row] ?? 0) - Math.log(atRisk);
      events++;
    }
    gone += answers[row] ?? 0;
    const next = order[place + 1];
    if (next === undefined || Math.abs(labels[next] ?? 0) > Math.abs(label)) {
      atRisk -= gone;
      gone = 0;
    }
  }
  return Float64Array.of(out, events);
}
