/** Scores of one set of rows by the margins that training has for them. */
import type { Collective } from '../collective/collective.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { linkOf } from './link.ts';
import type { DataSet } from './matrix.ts';
import type { Metric } from './metrics/metric.ts';
import { objectiveGrain, type Objective } from './objectives/objective.ts';

export interface EvaluationTask {
  readonly kernels: Kernels;
  readonly objective: Pick<Objective, 'name' | 'groups'>;
  readonly data: DataSet;
  /** Of training, which moves them in each round. */
  readonly margins: HeapArray<Float32Array>;
}

/** As `answersOf`, by kernels and in 32 bits; where a class is answered, metrics want the probabilities of all. */
const answerKernels = {
  identity: undefined,
  logistic: 'logistic_answers',
  exponential: 'exponential_answers',
  label: 'label_answers',
  softmax: 'softmax_answers',
  class: 'softmax_answers',
} as const;

export class Evaluation {
  readonly #task: EvaluationTask;
  readonly #kernel: (typeof answerKernels)[keyof typeof answerKernels];
  readonly #answers: HeapArray<Float32Array>;

  constructor(task: EvaluationTask) {
    this.#task = task;
    this.#kernel = answerKernels[linkOf(task.objective.name)];
    this.#answers = this.#kernel === undefined ? task.margins : task.kernels.heap.float32(task.margins.values.length);
  }

  /** One number per metric, over the rows of all hosts. */
  async measure(metrics: readonly Metric[], collective: Collective): Promise<number[]> {
    const { kernels, objective, data, margins } = this.#task;
    this.#answer();
    const scores: number[] = [];
    for (const metric of metrics) {
      const sums = await metric.sums({
        kernels,
        collective,
        data,
        groups: objective.groups,
        margins,
        answers: this.#answers,
      });
      await collective.sum(sums);
      scores.push(metric.value(sums));
    }
    return scores;
  }

  release(): void {
    if (this.#kernel !== undefined) this.#task.kernels.heap.free(this.#answers.pointer);
  }

  #answer(): void {
    if (this.#kernel === undefined) return;
    const { kernels, objective, margins } = this.#task;
    const byRow = this.#kernel === 'softmax_answers';
    const pointers = [margins.pointer, this.#answers.pointer];
    const items = byRow ? margins.values.length / objective.groups : margins.values.length;
    kernels.pool.parallel(
      'measures',
      this.#kernel,
      { items, grain: objectiveGrain },
      byRow ? [...pointers, objective.groups] : pointers,
    );
  }
}
