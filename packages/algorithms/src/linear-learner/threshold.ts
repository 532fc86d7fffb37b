/** Chooses from which score on a row is labelled 1. */

export type Criterion =
  | { readonly name: 'accuracy' }
  | { readonly name: 'f_beta'; readonly beta: number }
  | { readonly name: 'precision_at_target_recall'; readonly target: number }
  | { readonly name: 'recall_at_target_precision'; readonly target: number };

export interface Counts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

export interface Calibration {
  /** Scores from here on mean label 1. */
  readonly threshold: number;
  /** What the criterion gives at this threshold; more is better. */
  readonly value: number;
}

/** Tries every cut between two scores. Of equally good ones the cut nearest to 0 is taken, and 0 itself where it is as good. */
export function calibrate(scores: Float32Array, labels: Float32Array, criterion: Criterion): Calibration {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const positives = labels.reduce((count, label) => count + label, 0);
  const negatives = labels.length - positives;
  let best: Calibration = { threshold: 0, value: Number.NEGATIVE_INFINITY };
  let truePositives = 0;
  for (let cut = 0; cut <= order.length; cut++) {
    const above = cut === 0 ? Number.POSITIVE_INFINITY : (scores[order[cut - 1] ?? 0] ?? 0);
    const below = cut === order.length ? Number.NEGATIVE_INFINITY : (scores[order[cut] ?? 0] ?? 0);
    if (above > below) {
      const falsePositives = cut - truePositives;
      const value = valueOf(criterion, {
        truePositives,
        falsePositives,
        trueNegatives: negatives - falsePositives,
        falseNegatives: positives - truePositives,
      });
      const threshold = between(below, above);
      if (value > best.value || (value === best.value && Math.abs(threshold) < Math.abs(best.threshold)))
        best = { threshold, value };
    }
    if (cut < order.length) truePositives += labels[order[cut] ?? 0] ?? 0;
  }
  return best;
}

export function valueOf(criterion: Criterion, counts: Counts): number {
  switch (criterion.name) {
    case 'accuracy':
      return (counts.truePositives + counts.trueNegatives) / total(counts);
    case 'f_beta':
      return fBeta(counts, criterion.beta);
    case 'precision_at_target_recall':
      return recall(counts) >= criterion.target ? precision(counts) : recall(counts) - criterion.target - 1;
    case 'recall_at_target_precision':
      return precision(counts) >= criterion.target ? recall(counts) : precision(counts) - criterion.target - 1;
  }
}

/** Of the rows labelled 1, those that are; 0 when there are none. */
export function precision({ truePositives, falsePositives }: Counts): number {
  return truePositives === 0 ? 0 : truePositives / (truePositives + falsePositives);
}

/** Of the rows that are 1, those labelled so; 0 when there are none. */
export function recall({ truePositives, falseNegatives }: Counts): number {
  return truePositives === 0 ? 0 : truePositives / (truePositives + falseNegatives);
}

export function fBeta(counts: Counts, beta: number): number {
  const p = precision(counts);
  const r = recall(counts);
  return p === 0 || r === 0 ? 0 : ((1 + beta * beta) * p * r) / (beta * beta * p + r);
}

function total(counts: Counts): number {
  return counts.truePositives + counts.falsePositives + counts.trueNegatives + counts.falseNegatives;
}

/** Greater than `below` and at most `above`. */
function between(below: number, above: number): number {
  if (below < 0 && above >= 0) return 0;
  if (below === Number.NEGATIVE_INFINITY) return above - 1;
  return above === Number.POSITIVE_INFINITY ? below + 1 : below + (above - below) / 2;
}
