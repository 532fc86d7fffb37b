/** Which trees a round of DART leaves out, and what all weigh afterwards. Rashmi & Gilad-Bachrach: DART, 2015; with XGBoost's rules. */
import type { Random } from '../random.ts';

export interface DropSettings {
  readonly sampleType: 'uniform' | 'weighted';
  readonly normalizeType: 'tree' | 'forest';
  readonly rateDrop: number;
  readonly oneDrop: boolean;
  readonly skipDrop: number;
}

export function treesToDrop(settings: DropSettings, weights: readonly number[], random: Random): number[] {
  if (weights.length === 0 || random.uniform() < settings.skipDrop) return [];
  const weighted = settings.sampleType === 'weighted';
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const dropped = weights.flatMap((weight, tree) => {
    const share = weighted ? (settings.rateDrop * weights.length * weight) / sum : settings.rateDrop;
    return random.uniform() < share ? [tree] : [];
  });
  if (dropped.length > 0 || !settings.oneDrop) return dropped;
  if (!weighted) return [random.below(weights.length)];
  let left = random.uniform() * sum;
  const at = weights.findIndex((weight) => (left -= weight) < 0);
  return [at < 0 ? weights.length - 1 : at];
}

/** Weights of all trees after `added` new ones. */
export function weightsAfter(
  { normalizeType }: DropSettings,
  weights: readonly number[],
  dropped: readonly number[],
  added: number,
  eta: number,
): number[] {
  const rate = eta / added;
  const count = dropped.length;
  const [factor, own] =
    count === 0
      ? [1, 1]
      : normalizeType === 'forest'
        ? [1 / (1 + rate), 1 / (1 + rate)]
        : [count / (count + rate), 1 / (count + rate)];
  const kept = weights.map((weight, tree) => (dropped.includes(tree) ? Math.fround(weight * factor) : weight));
  return [...kept, ...Array.from({ length: added }, () => Math.fround(own))];
}
