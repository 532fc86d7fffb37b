/** How an algorithm declares its hyperparameters: one table, from which come parsing, messages, the types of the SDK, and the documentation. */

export type HyperparameterTable = Readonly<Record<string, Hyperparameter>>;

export type Hyperparameter =
  | NumberHyperparameter
  | ChoiceHyperparameter
  | BooleanHyperparameter
  | ListHyperparameter
  | TextHyperparameter;

interface Common {
  /** One sentence. */
  readonly doc: string;
  /** Must be given. A hyperparameter that is neither required nor has a default is `undefined` when it is not given. */
  readonly required?: boolean;
  /** Must be given when another hyperparameter has one of these values. */
  readonly requiredWhen?: { readonly name: string; readonly is: readonly string[] };
}

export interface NumberHyperparameter extends Common {
  readonly type: 'integer' | 'number';
  readonly default?: number | string;
  /** Words that stand in the place of a number, e.g. `auto`. */
  readonly words?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Greater than. */
  readonly above?: number;
  /** Less than. */
  readonly below?: number;
  /** May be tuned; the range is the one recommended. */
  readonly tune?: { readonly min: number; readonly max: number; readonly scaling?: 'Auto' | 'Linear' | 'Logarithmic' };
}

export interface ChoiceHyperparameter extends Common {
  readonly type: 'choice';
  readonly choices: readonly string[];
  readonly default?: string;
  readonly tune?: boolean;
}

export interface BooleanHyperparameter extends Common {
  readonly type: 'boolean';
  readonly default?: boolean | string;
  readonly words?: readonly string[];
  readonly tune?: boolean;
}

/** On the wire JSON text such as `["msd","ssd"]`, or words with commas between them. */
export interface ListHyperparameter extends Common {
  readonly type: 'list';
  readonly choices: readonly string[];
  readonly default?: readonly string[];
}

export interface TextHyperparameter extends Common {
  readonly type: 'text';
  readonly default?: string;
  /** Regular expression that the whole text must match. */
  readonly pattern?: string;
}

type Words<H> = H extends { readonly words: readonly (infer W)[] } ? W : never;

type ValueOf<H> = H extends { readonly type: 'integer' | 'number' }
  ? number | Words<H>
  : H extends { readonly type: 'choice'; readonly choices: readonly (infer C)[] }
    ? C
    : H extends { readonly type: 'boolean' }
      ? boolean | Words<H>
      : H extends { readonly type: 'list'; readonly choices: readonly (infer C)[] }
        ? readonly C[]
        : string;

/** What `train` gets: every name is there, defaults filled in. */
export type HyperparametersOf<T extends HyperparameterTable> = {
  readonly [K in keyof T]:
    | ValueOf<T[K]>
    | (T[K] extends { readonly required: true } | { readonly default: unknown } ? never : undefined);
};

type RequiredNames<T> = { [K in keyof T]: T[K] extends { readonly required: true } ? K : never }[keyof T];

/** What a caller writes: the required names, and any of the others. */
export type HyperparameterInput<T extends HyperparameterTable> = { readonly [K in RequiredNames<T>]: ValueOf<T[K]> } & {
  readonly [K in Exclude<keyof T, RequiredNames<T>>]?: ValueOf<T[K]>;
};

/** Names that the platform and old clients add to any algorithm's map. `_seed` is Rung's own: the seed of everything random, 0 by default. */
export const platformHyperparameters = {
  _seed: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 4_294_967_295,
    doc: 'Seed of everything random: the same seed and data give the same model.',
  },
  _tuning_objective_metric: { type: 'text', doc: 'Added by hyperparameter tuning jobs.' },
  _log_level: { type: 'text', doc: 'Accepted and not used.' },
  _kvstore: { type: 'text', doc: 'Accepted and not used.' },
  _num_gpus: { type: 'text', doc: 'Accepted and not used.' },
  _num_kv_servers: { type: 'text', doc: 'Accepted and not used.' },
} as const satisfies HyperparameterTable;
