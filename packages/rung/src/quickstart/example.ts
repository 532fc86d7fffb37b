/** What `rung quickstart ALGORITHM` shows: the whole way of one algorithm, on data that come with Rung or that the example makes. */
import type { Estimator, FitInputs, Predictor, Session } from '@rung/sdk';
import type { Picture } from './picture.ts';

export interface Example {
  /** One line: what is learnt from which data. */
  readonly title: string;
  /** Whether its outcome has a picture. */
  readonly draws: boolean;
  run(stage: Stage): Promise<Outcome>;
}

/** A platform that runs, and a line on the terminal that tells what it does. */
export interface Stage {
  readonly session: Session;
  /** `done`: the line that stays, e.g. `Trained kmeans on 2000 rows`. */
  readonly fit: (estimator: Estimator, inputs: FitInputs, done: string) => Promise<void>;
  readonly deploy: (estimator: Estimator) => Promise<Predictor>;
  /** Does something with the endpoint. */
  readonly predict: <T>(predictor: Predictor, work: () => Promise<T>, done: (result: T) => string) => Promise<T>;
}

export interface Outcome {
  /** How well the algorithm learnt what the data hold: 1 is all of it, 0 nothing. What it counts stands in the report. */
  readonly quality: number;
  /** What programs get with `--json`, beside `algorithm`, `quality` and `seconds`. */
  readonly measures: Readonly<Record<string, unknown>>;
  /** What people read: how good it is, and where it errs. */
  readonly report: string;
  /** Drawn where `--picture FILE.svg` asks for it. */
  readonly picture?: Picture;
  /** A line or two of what to try next with this algorithm: command, then what it does. */
  readonly next: readonly (readonly [command: string, meaning: string])[];
}
