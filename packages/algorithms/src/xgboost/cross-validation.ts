/** `_kfold`: a model per fold, each measured on the fold that it has not seen. */
import { ClientError } from '../errors.ts';
import type { TrainContext } from '../program/train-context.ts';
import { Random } from '../random.ts';
import { boostRounds } from './boost-rounds.ts';
import type { Booster } from './booster.ts';
import { joinRows, selectRows } from './matrix-forms.ts';
import { freeMatrix, type DataSet } from './matrix.ts';
import type { XgboostHyperparameters } from './settings.ts';

/** Rows of both channels are dealt to the folds. Classes are spread evenly over them where the objective has classes. */
export async function crossValidate(
  context: TrainContext<XgboostHyperparameters>,
  train: DataSet,
  validation: DataSet | undefined,
): Promise<Booster[]> {
  const { hyperparameters, kernels, collective, log } = context;
  if (collective.size > 1) throw new ClientError('_kfold trains on one instance: set InstanceCount to 1');
  if (train.groupStarts !== undefined) throw new ClientError('_kfold is not for rows of queries');
  const folds = hyperparameters._kfold ?? 2;
  const all = validation === undefined ? train : joinRows(kernels, train, validation);
  const { rows } = all.matrix;
  if (rows < folds) throw new ClientError(`_kfold is ${folds}, more than the ${rows} rows`);
  const boosters: Booster[] = [];
  const scores = new Map<string, number[]>();
  for (let repeat = 0; repeat < hyperparameters._num_cv_round; repeat++) {
    const random = new Random(hyperparameters.seed === 0 ? context.seed : hyperparameters.seed, 64 + repeat);
    const stratified = /^(binary|multi):/.test(hyperparameters.objective);
    const foldOf = deal(all.labels.values, folds, stratified, random);
    for (let fold = 0; fold < folds && !context.stopping.aborted; fold++) {
      const part = (held: boolean): DataSet =>
        selectRows(kernels, all, Int32Array.from(foldOf.keys().filter((row) => (foldOf[row] === fold) === held)));
      const [learnt, held] = [part(false), part(true)];
      const trained = await boostRounds({
        context,
        train: learnt,
        validation: held,
        start: undefined,
        keep: undefined,
      });
      boosters.push(trained.booster);
      for (const [name, score] of trained.scores) scores.set(name, [...(scores.get(name) ?? []), score]);
      for (const data of [learnt, held]) {
        freeMatrix(kernels, data.matrix);
        kernels.heap.free(data.labels.pointer);
        if (data.weights !== undefined) kernels.heap.free(data.weights.pointer);
      }
    }
  }
  const means = [...scores].map(
    ([name, list]) => `#011${name}:${(list.reduce((a, b) => a + b, 0) / list.length).toFixed(5)}`,
  );
  log.info(`[${hyperparameters.num_round}]${means.join('')}`);
  return boosters;
}

function deal(labels: Float32Array, folds: number, stratified: boolean, random: Random): Int32Array {
  const order = random.sample(labels.length, labels.length);
  if (stratified) order.sort((a, b) => (labels[a] ?? 0) - (labels[b] ?? 0));
  const foldOf = new Int32Array(labels.length);
  for (const [place, row] of order.entries()) foldOf[row] = place % folds;
  return foldOf;
}
