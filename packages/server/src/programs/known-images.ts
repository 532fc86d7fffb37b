/** Repository names of SageMaker's built-in algorithms, and the name that each algorithm has in Rung. */
export const builtInRepositories: Readonly<Record<string, string>> = {
  blazingtext: 'blazingtext',
  'factorization-machines': 'factorization-machines',
  'forecasting-deepar': 'forecasting-deepar',
  'image-classification': 'image-classification',
  ipinsights: 'ipinsights',
  kmeans: 'kmeans',
  knn: 'knn',
  lda: 'lda',
  'linear-learner': 'linear-learner',
  ntm: 'ntm',
  'object-detection': 'object-detection',
  object2vec: 'object2vec',
  pca: 'pca',
  randomcutforest: 'randomcutforest',
  'sagemaker-xgboost': 'xgboost',
  'semantic-segmentation': 'semantic-segmentation',
  seq2seq: 'seq2seq',
  xgboost: 'xgboost',
};

/** The repository that stands for a program on the machine itself. */
export const hostRepository = 'rung/host';
