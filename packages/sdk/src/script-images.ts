/** Names of AWS's framework images. Only the repository name and the version matter to Rung; the account and region are those of AWS, so that the same request runs there as well. */
export type Framework = 'scikit-learn' | 'xgboost' | 'pytorch' | 'tensorflow' | 'huggingface' | 'jax' | 'node';

interface FrameworkFacts {
  /** Repository for training and for serving. */
  readonly train: string;
  readonly serve: string;
  readonly accounts: Readonly<Record<string, string>>;
  readonly version: string;
  /** The tag of a version, e.g. `2.3-cpu-py311`. */
  readonly tag: (version: string, processor: 'cpu' | 'gpu') => string;
}

const learning = { 'us-east-1': '683313688378', 'us-west-2': '246618743249', 'eu-west-1': '141502667606' };
const deepLearning = { 'us-east-1': '763104351884', 'us-west-2': '763104351884', 'eu-west-1': '763104351884' };

const frameworks: Readonly<Record<Exclude<Framework, 'jax' | 'node'>, FrameworkFacts>> = {
  'scikit-learn': {
    train: 'sagemaker-scikit-learn',
    serve: 'sagemaker-scikit-learn',
    accounts: learning,
    version: '1.2-1',
    tag: (version) => `${version}-cpu-py3`,
  },
  xgboost: {
    train: 'sagemaker-xgboost',
    serve: 'sagemaker-xgboost',
    accounts: learning,
    version: '1.7-1',
    tag: (version) => version,
  },
  pytorch: {
    train: 'pytorch-training',
    serve: 'pytorch-inference',
    accounts: deepLearning,
    version: '2.3',
    tag: (version, processor) => `${version}-${processor}-py311`,
  },
  tensorflow: {
    train: 'tensorflow-training',
    serve: 'tensorflow-inference',
    accounts: deepLearning,
    version: '2.14',
    tag: (version, processor) => `${version}-${processor}-py310`,
  },
  huggingface: {
    train: 'huggingface-pytorch-training',
    serve: 'huggingface-pytorch-inference',
    accounts: deepLearning,
    version: '2.0.0-transformers4.28.1',
    tag: (version, processor) => `${version}-${processor}-py310`,
  },
};

/** The image of a framework. `jax` and `node` exist on Rung only. */
export function frameworkImage(
  framework: Framework,
  action: 'train' | 'serve',
  place: { readonly region: string; readonly instanceType: string; readonly version?: string },
): string {
  if (framework === 'jax' || framework === 'node') return `rung/${framework}`;
  const facts = frameworks[framework];
  const account = new Map(Object.entries(facts.accounts)).get(place.region) ?? facts.accounts['us-east-1'];
  const processor = /^ml\.[pg]\d/.test(place.instanceType) ? 'gpu' : 'cpu';
  const tag = facts.tag(place.version ?? facts.version, processor);
  return `${account}.dkr.ecr.${place.region}.amazonaws.com/${facts[action]}:${tag}`;
}
