/** Metrics of a channel, collected batch by batch. */
import type { Collective } from '../collective/collective.ts';
import { joined } from './joined.ts';
import { fBeta, precision, recall, type Counts } from './threshold.ts';

export interface Metrics {
  /** `scores`: rows × outputs, as the model gives them; `labels`: as the data give them. */
  add(scores: Float32Array, labels: Float32Array): void;
  /** Adds up what the hosts have. */
  share(collective: Collective): Promise<void>;
  /** Names as AWS has them, and values. */
  results(): [name: string, value: number][];
}

/** Area under the curve is measured on this many rows of each host at most. */
const mostRanked = 16_777_216;

const none = new Float32Array();

export function binaryMetrics(threshold: number, beta: number): Metrics {
  let [truePositives, falsePositives, trueNegatives, falseNegatives] = [0, 0, 0, 0];
  const ranked: { scores: Float32Array[]; labels: Float32Array[] } = { scores: [], labels: [] };
  let rankedRows = 0;
  return {
    add(scores, labels) {
      for (let row = 0; row < labels.length; row++) {
        const isOne = labels[row] === 1;
        if ((scores[row] ?? 0) >= threshold) {
          if (isOne) truePositives++;
          else falsePositives++;
        } else if (isOne) falseNegatives++;
        else trueNegatives++;
      }
      if (rankedRows < mostRanked) {
        ranked.scores.push(scores.slice());
        ranked.labels.push(labels.slice());
      }
      rankedRows += labels.length;
    },
    async share(collective) {
      const counts = Float64Array.of(truePositives, falsePositives, trueNegatives, falseNegatives);
      await collective.sum(counts);
      [truePositives = 0, falsePositives = 0, trueNegatives = 0, falseNegatives = 0] = counts;
      ranked.scores = [await joined(collective, ranked.scores)];
      ranked.labels = [await joined(collective, ranked.labels)];
    },
    results() {
      const counts: Counts = { truePositives, falsePositives, trueNegatives, falseNegatives };
      const rows = truePositives + falsePositives + trueNegatives + falseNegatives;
      return [
        ['binary_classification_accuracy', (truePositives + trueNegatives) / rows],
        ['binary_f_beta', fBeta(counts, beta)],
        ['precision', precision(counts)],
        ['recall', recall(counts)],
        ['roc_auc_score', areaUnderCurve(ranked.scores[0] ?? none, ranked.labels[0] ?? none)],
      ];
    },
  };
}

export function multiclassMetrics(classes: number, beta: number, top: number): Metrics {
  const hits = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  const actual = new Float64Array(classes);
  let [rows, topHits, gain] = [0, 0, 0];
  return {
    add(scores, labels) {
      rows += labels.length;
      for (let row = 0; row < labels.length; row++) {
        const label = labels[row] ?? 0;
        const own = scores.subarray(row * classes, (row + 1) * classes);
        const rank = rankOf(own, label);
        const best = own.reduce((most, score, output) => (score > (own[most] ?? 0) ? output : most), 0);
        predicted[best] = (predicted[best] ?? 0) + 1;
        actual[label] = (actual[label] ?? 0) + 1;
        if (best === label) hits[label] = (hits[label] ?? 0) + 1;
        if (rank <= top) topHits++;
        gain += 1 / Math.log2(1 + rank);
      }
    },
    async share(collective) {
      const sums = Float64Array.of(rows, topHits, gain);
      for (const counts of [sums, hits, predicted, actual]) await collective.sum(counts);
      [rows = 0, topHits = 0, gain = 0] = sums;
    },
    results() {
      const perClass = Array.from(actual.keys())
        .filter((label) => actual[label] !== 0 || predicted[label] !== 0)
        .map((label): Counts => {
          const truePositives = hits[label] ?? 0;
          const falsePositives = (predicted[label] ?? 0) - truePositives;
          const falseNegatives = (actual[label] ?? 0) - truePositives;
          return {
            truePositives,
            falsePositives,
            falseNegatives,
            trueNegatives: rows - truePositives - falsePositives - falseNegatives,
          };
        });
      return [
        ['multiclass_accuracy', sum(Array.from(hits)) / rows],
        ['multiclass_top_k_accuracy', topHits / rows],
        ['dcg', gain / rows],
        ['macro_recall', mean(perClass.map(recall))],
        ['macro_precision', mean(perClass.map(precision))],
        ['macro_f_beta', mean(perClass.map((counts) => fBeta(counts, beta)))],
      ];
    },
  };
}

export function regressionMetrics(): Metrics {
  let [rows, squares, distances] = [0, 0, 0];
  return {
    add(scores, labels) {
      rows += labels.length;
      for (let row = 0; row < labels.length; row++) {
        const error = (scores[row] ?? 0) - (labels[row] ?? 0);
        squares += error * error;
        distances += Math.abs(error);
      }
    },
    async share(collective) {
      const sums = Float64Array.of(rows, squares, distances);
      await collective.sum(sums);
      [rows = 0, squares = 0, distances = 0] = sums;
    },
    results: () => [
      ['mse', squares / rows],
      ['rmse', Math.sqrt(squares / rows)],
      ['absolute_loss', distances / rows],
    ],
  };
}

/** Probability that a row of label 1 scores more than one of label 0, ties counting half; 0.5 when one of the labels is missing. */
export function areaUnderCurve(scores: Float32Array, labels: Float32Array): number {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let [positives, below, pairs] = [0, 0, 0];
  for (let start = 0; start < order.length;) {
    let end = start;
    let [ones, zeros] = [0, 0];
    for (; end < order.length && scores[order[end] ?? 0] === scores[order[start] ?? 0]; end++) {
      if (labels[order[end] ?? 0] === 1) ones++;
      else zeros++;
    }
    pairs += ones * (below + zeros / 2);
    positives += ones;
    below += zeros;
    start = end;
  }
  return positives === 0 || below === 0 ? 0.5 : pairs / (positives * below);
}

/** 1 for the highest score; among equal ones the lower class is ahead. */
function rankOf(scores: Float32Array, label: number): number {
  const own = scores[label] ?? 0;
  let rank = 1;
  for (let output = 0; output < scores.length; output++) {
    const score = scores[output] ?? 0;
    if (score > own || (score === own && output < label)) rank++;
  }
  return rank;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}
