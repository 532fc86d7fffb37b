/** From the margin, the sum of the trees, to what an objective answers; and back, for the score that every prediction starts from. */
import { groupsOf, type Booster } from './booster.ts';

/** `class`: the number of the greatest margin; `label`: 1 where the margin is above 0. */
export type Link = 'identity' | 'logistic' | 'exponential' | 'label' | 'softmax' | 'class';

const links = {
  'reg:squarederror': 'identity',
  'reg:linear': 'identity',
  'reg:squaredlogerror': 'identity',
  'reg:pseudohubererror': 'identity',
  'reg:absoluteerror': 'identity',
  'reg:quantileerror': 'identity',
  'reg:expectileerror': 'identity',
  'reg:logistic': 'logistic',
  'binary:logistic': 'logistic',
  'binary:logitraw': 'identity',
  'binary:hinge': 'label',
  'count:poisson': 'exponential',
  'reg:gamma': 'exponential',
  'reg:tweedie': 'exponential',
  'survival:cox': 'exponential',
  'survival:aft': 'exponential',
  'multi:softmax': 'class',
  'multi:softprob': 'softmax',
  'rank:pairwise': 'identity',
  'rank:ndcg': 'identity',
  'rank:map': 'identity',
} as const satisfies Record<string, Link>;

export type ObjectiveName = keyof typeof links;

export const objectiveNames: readonly ObjectiveName[] = Object.keys(links).filter(isObjectiveName);

export function isObjectiveName(name: string): name is ObjectiveName {
  return Object.hasOwn(links, name);
}

/** Thrown when the objective is unknown: RangeError; model files are checked when they are read. */
export function linkOf(objective: string): Link {
  if (!isObjectiveName(objective)) throw new RangeError(`there is no objective ${objective}`);
  return links[objective];
}

/** What every row's margin starts from, per group. */
export function baseMargins(booster: Booster): Float32Array {
  const link = linkOf(booster.objective.name);
  return booster.baseScore.map((score) => {
    if (link === 'logistic') return -Math.log(1 / score - 1);
    return link === 'exponential' ? Math.log(score) : score;
  });
}

/** Numbers that a model answers per row. */
export function outputsOf(booster: Booster): number {
  return linkOf(booster.objective.name) === 'class' ? 1 : groupsOf(booster);
}

/** `margins`: rows × groups. Returns rows × {@link outputsOf} numbers. */
export function answersOf(booster: Pick<Booster, 'objective' | 'baseScore'>, margins: Float32Array): Float32Array {
  const groups = groupsOf(booster);
  switch (linkOf(booster.objective.name)) {
    case 'identity':
      return margins;
    case 'logistic':
      return margins.map((margin) => 1 / (1 + Math.exp(-margin)));
    case 'exponential':
      return margins.map((margin) => Math.exp(margin));
    case 'label':
      return margins.map((margin) => (margin > 0 ? 1 : 0));
    case 'softmax':
      return softmax(margins, groups);
    case 'class':
      return greatest(margins, groups);
  }
}

function softmax(margins: Float32Array, groups: number): Float32Array {
  const answers = new Float32Array(margins.length);
  for (let start = 0; start < margins.length; start += groups) {
    let most = Number.NEGATIVE_INFINITY;
    for (let at = start; at < start + groups; at++) most = Math.max(most, margins[at] ?? 0);
    let sum = 0;
    for (let at = start; at < start + groups; at++) sum += answers[at] = Math.exp((margins[at] ?? 0) - most);
    for (let at = start; at < start + groups; at++) answers[at] = (answers[at] ?? 0) / sum;
  }
  return answers;
}

function greatest(margins: Float32Array, groups: number): Float32Array {
  return Float32Array.from({ length: margins.length / groups }, (_, row) => {
    let best = 0;
    for (let group = 1; group < groups; group++)
      if ((margins[row * groups + group] ?? 0) > (margins[row * groups + best] ?? 0)) best = group;
    return best;
  });
}
