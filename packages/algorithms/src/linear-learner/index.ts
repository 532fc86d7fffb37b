import { channel, commonMetrics, qualityMetric, type Algorithm, type MetricDeclaration } from '../algorithm.ts';
import { csvType, recordioType } from '../formats/content-type.ts';
import { hyperparameters } from './hyperparameters.ts';
import { lossesOf } from './losses.ts';

export { hyperparameters as linearLearnerHyperparameters } from './hyperparameters.ts';

/** Stochastic gradient descent on many linear models side by side; the best one on validation data is kept, with the best threshold. */
export const linearLearner: Algorithm<typeof hyperparameters> = {
  name: 'linear-learner',
  title: 'Linear Learner',
  doc: 'Linear models for two classes, many classes or a number, from data of any size.',
  hyperparameters,
  checkHyperparameters: ({ predictor_type: predictor, loss, num_classes: classes, accuracy_top_k: top }) => {
    if (loss !== 'auto' && !lossesOf(predictor).includes(loss))
      return `loss '${loss}' is not for predictor_type '${predictor}': use one of auto, ${lossesOf(predictor).join(', ')}`;
    if (predictor === 'multiclass_classifier' && classes === undefined)
      return "'num_classes' is a required property when predictor_type is 'multiclass_classifier'";
    if (predictor === 'multiclass_classifier' && typeof top === 'number' && classes !== undefined && top > classes)
      return `accuracy_top_k is ${top}, more than the ${classes} classes of num_classes`;
    return undefined;
  },
  channels: [
    channel('train', true, 'Rows to learn; CSV with the label in the first column.', [recordioType, csvType]),
    channel('validation', false, 'Rows to stop early by, and to choose the best model and its threshold on.', [
      recordioType,
      csvType,
    ]),
    channel('test', false, 'Rows to measure the final model with.', [recordioType, csvType]),
  ],
  metrics: [
    ...commonMetrics,
    qualityMetric('train', 'objective_loss', 'Minimize'),
    ...both('objective_loss', 'Minimize'),
    ...both('binary_classification_accuracy', 'Maximize'),
    ...both('binary_f_beta', 'Maximize'),
    ...both('precision', 'Maximize'),
    ...both('recall', 'Maximize'),
    ...both('roc_auc_score', 'Maximize'),
    ...both('multiclass_accuracy', 'Maximize'),
    ...both('multiclass_top_k_accuracy', 'Maximize'),
    ...both('macro_f_beta', 'Maximize'),
    ...both('macro_precision', 'Maximize'),
    ...both('macro_recall', 'Maximize'),
    ...both('dcg', 'Maximize'),
    ...both('mse', 'Minimize'),
    ...both('rmse', 'Minimize'),
    ...both('absolute_loss', 'Minimize'),
  ],
  maxInstances: 100,
  train: async (context) => (await import('./train.ts')).train(context),
  load: async (files) => {
    const { readArtifact } = await import('./artifact.ts');
    return (await import('./model.ts')).linearModel(readArtifact(files));
  },
};

function both(metric: string, direction: MetricDeclaration['direction']): MetricDeclaration[] {
  return [qualityMetric('validation', metric, direction), qualityMetric('test', metric, direction)];
}
