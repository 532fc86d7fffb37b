/** The contract suite of the Algorithm seam: call it in the test file of every algorithm. */
import { describe } from 'node:test';
import type { Algorithm } from '../algorithm.ts';
import type { PredictionRow } from '../model.ts';
import { checkBadData } from './check-bad-data.ts';
import { checkHosts } from './check-hosts.ts';
import { checkHyperparameters } from './check-hyperparameters.ts';
import { checkServing } from './check-serving.ts';
import { checkTraining } from './check-training.ts';
import { checkTextServing, checkTextTraining, type TextSample } from './check-text-algorithm.ts';
import type { SampleRows } from './sample-files.ts';

export interface AlgorithmSample {
  /** Trains on {@link rows} in well under a second. */
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** Numbers with few digits, so that they are the same in text and in 32 bits; some of them 0, so that sparse records differ from dense ones. */
  readonly rows: SampleRows;
  /** Content type of the CSV of {@link rows}; absent where the algorithm takes no CSV but recordio. */
  readonly csvType?: 'text/csv;label_size=0' | 'text/csv' | 'text/csv;label_size=1';
  /** Keys of one row of a response, in order. */
  readonly responseKeys: readonly string[];
  /** The key around the rows of a JSON response. Default `predictions`. */
  readonly collection?: string;
  /** Metrics that a run with a train, a validation (if the algorithm has that channel) and a test channel must log. */
  readonly metrics: readonly string[];
  /** Asserts that the model has learnt what the sample holds. */
  readonly checkQuality: (predictions: readonly PredictionRow[]) => void;
  /** The same model for any number of threads. Default true; false only where the docs say why. */
  readonly deterministic?: boolean;
  /** What no label may be, of an algorithm that learns from labels. */
  readonly wrongLabel?: number;
  /** A log line in the middle of the training, of an algorithm that keeps checkpoints: there it is interrupted, and goes on. */
  readonly interruptAt?: RegExp;
  /** NaN and empty fields are values that are missing, and no mistakes. Default false. */
  readonly missingValues?: boolean;
  /** Answers requests as this package's other algorithms do. Default true; otherwise the algorithm has tests of its own for its answers. */
  readonly commonServing?: boolean;
}

export function checkAlgorithm(algorithm: Algorithm, sample: AlgorithmSample): void;
export function checkAlgorithm(algorithm: Algorithm, sample: TextSample): void;
export function checkAlgorithm(algorithm: Algorithm, sample: AlgorithmSample | TextSample): void {
  describe(`algorithm ${algorithm.name}`, { concurrency: false }, () => {
    checkHyperparameters(algorithm, sample);
    if ('lines' in sample) {
      checkTextTraining(algorithm, sample);
      checkTextServing(algorithm, sample);
      return;
    }
    checkTraining(algorithm, sample);
    checkHosts(algorithm, sample);
    checkBadData(algorithm, sample);
    if (sample.commonServing !== false) checkServing(algorithm, sample);
  });
}
