/** Picks the best of the trained models, and for two classes the threshold. */
import { joined } from './joined.ts';
import { calibrate, type Criterion } from './threshold.ts';
import type { LinearContext } from './train-context.ts';
import { part, type Rows, type Trainer } from './trainer.ts';
import type { LinearHyperparameters } from './settings.ts';

export interface ChosenModel {
  readonly model: number;
  /** Of the score before any probability is made of it. */
  readonly threshold: number;
}

const automaticSamples = 100_000;

export async function selectModel(context: LinearContext, trainer: Trainer, held: Rows): Promise<ChosenModel> {
  const { hyperparameters, log } = context;
  const losses = await trainer.meanLosses(held);
  const candidates = Array.from(losses.keys()).filter((model) => Number.isFinite(losses[model]));
  const byLoss = (a: number, b: number): number => (losses[a] ?? 0) - (losses[b] ?? 0) || a - b;
  const criterion = criterionOf(hyperparameters);
  if (criterion === undefined) {
    const model = candidates.toSorted(byLoss)[0] ?? 0;
    describe(log, trainer, model);
    return { model, threshold: 0 };
  }
  const samples = hyperparameters.num_calibration_samples;
  const { scores, labels } = await collect(context, trainer, held, samples === 'auto' ? automaticSamples : samples);
  const judged = candidates.map((model) => {
    const own = scores[model] ?? new Float32Array(0);
    const calibration =
      criterion === 'cross_entropy'
        ? { threshold: 0, value: -crossEntropy(own, labels) }
        : calibrate(own, labels, criterion);
    return { model, ...calibration };
  });
  const [best = { model: 0, threshold: 0 }] = judged.toSorted((a, b) => b.value - a.value || byLoss(a.model, b.model));
  describe(log, trainer, best.model);
  return { model: best.model, threshold: best.threshold };
}

function describe(log: LinearContext['log'], { settings }: Trainer, model: number): void {
  const chosen = settings.models[model];
  if (chosen === undefined) return;
  log.info(
    `Chose model ${model + 1} of ${settings.models.length}: learning_rate=${chosen.rate}, wd=${chosen.l2}, l1=${chosen.l1}` +
      (settings.predictor === 'binary_classifier' ? `, positive_example_weight_mult=${chosen.positiveWeight}` : ''),
  );
}

/** `undefined`: by the loss. */
function criterionOf(given: LinearHyperparameters): Criterion | 'cross_entropy' | undefined {
  if (given.predictor_type !== 'binary_classifier') return undefined;
  switch (given.binary_classifier_model_selection_criteria) {
    case 'accuracy':
      return { name: 'accuracy' };
    case 'f1':
      return { name: 'f_beta', beta: 1 };
    case 'f_beta':
      return { name: 'f_beta', beta: given.f_beta };
    case 'precision_at_target_recall':
      return { name: 'precision_at_target_recall', target: given.target_recall };
    case 'recall_at_target_precision':
      return { name: 'recall_at_target_precision', target: given.target_precision };
    case 'cross_entropy_loss':
      return 'cross_entropy';
    case 'loss_function':
      // Losses of models that weigh the labels differently cannot be compared.
      return given.positive_example_weight_mult === 'auto' ? 'cross_entropy' : undefined;
  }
}

/** Scores of every model on the first rows of each host, which has an equal share of the samples, and their labels. The same on all hosts. */
async function collect(
  { kernels, collective }: LinearContext,
  { settings, learner }: Trainer,
  held: Rows,
  samples: number,
): Promise<{ scores: Float32Array[]; labels: Float32Array }> {
  const parts: { scores: Float32Array[]; labels: Float32Array }[] = [];
  let rows = 0;
  for await (const batch of held.epoch()) {
    const taken = Math.min(batch.rows, Math.ceil(samples / collective.size) - rows);
    if (taken > 0) {
      const scores = settings.models.map(() => new Float32Array(taken));
      learner.scores(part(batch, 0, taken), Array.from(scores.keys()), scores);
      parts.push({ scores, labels: kernels.heap.viewFloat32(batch.labels, taken).slice() });
      rows += taken;
    }
  }
  const scores: Float32Array[] = [];
  for (const model of settings.models.keys())
    scores.push(
      await joined(
        collective,
        parts.flatMap((one) => one.scores[model] ?? []),
      ),
    );
  const labels = await joined(
    collective,
    parts.map((one) => one.labels),
  );
  return { scores, labels };
}

function crossEntropy(scores: Float32Array, labels: Float32Array): number {
  let sum = 0;
  for (let row = 0; row < scores.length; row++) {
    const margin = labels[row] === 1 ? (scores[row] ?? 0) : -(scores[row] ?? 0);
    sum += Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(-margin, 0);
  }
  return sum / scores.length;
}
