/** Weights and gains of nodes, with XGBoost's roundings to 32 bits. Chen & Guestrin 2016, equations 5 to 7. */
import type { TreeSettings } from './tree-settings.ts';

export interface WeightBounds {
  readonly lower: number;
  readonly upper: number;
}

export const unbounded: WeightBounds = { lower: -3.4028234663852886e38, upper: 3.4028234663852886e38 };

type GainSettings = Pick<TreeSettings, 'lambda' | 'alpha' | 'maxDeltaStep' | 'minChildWeight' | 'monotone'>;

/** The value of a node as a leaf, before shrinkage, of its sums of first and second derivatives. */
export function leafWeight(settings: GainSettings, g: number, h: number, { lower, upper } = unbounded): number {
  if (h < settings.minChildWeight || h <= 0) return 0;
  let weight = -shrunk(g, settings.alpha) / (h + settings.lambda);
  if (settings.maxDeltaStep > 0) weight = Math.max(-settings.maxDeltaStep, Math.min(settings.maxDeltaStep, weight));
  return Math.max(lower, Math.min(upper, Math.fround(weight)));
}

/** What a leaf gains over one of value 0. */
export function leafGain(settings: GainSettings, g: number, h: number, bounds = unbounded): number {
  if (h <= 0) return 0;
  const { lambda, alpha } = settings;
  if (settings.maxDeltaStep === 0 && settings.monotone.length === 0)
    return Math.fround(shrunk(g, alpha) ** 2 / (h + lambda));
  // As XGBoost has it: without the L1 term.
  const weight = leafWeight(settings, g, h, bounds);
  return Math.fround(-(2 * g * weight + (h + lambda) * weight * weight));
}

function shrunk(g: number, alpha: number): number {
  if (g > alpha) return g - alpha;
  return g < -alpha ? g + alpha : 0;
}
