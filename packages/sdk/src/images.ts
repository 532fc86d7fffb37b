/**
 * Image names of the built-in algorithms. Only the repository name matters to Rung; the account and region are those of AWS, so that the same
 * request runs there as well.
 */
const groups: {
  readonly repositories: readonly string[];
  readonly accounts: Readonly<Record<string, string>>;
  /** Repository and tag, where they are not the algorithm's name and `1`. */
  readonly image?: string;
}[] = [
  {
    repositories: ['blazingtext'],
    accounts: { 'us-east-1': '811284229777', 'us-west-2': '433757028032', 'eu-west-1': '685385470294' },
  },
  {
    repositories: ['factorization-machines', 'ipinsights', 'kmeans', 'knn', 'linear-learner', 'randomcutforest', 'pca'],
    accounts: { 'us-east-1': '382416733822', 'us-west-2': '174872318107', 'eu-west-1': '438346466558' },
  },
  {
    repositories: ['lda'],
    accounts: { 'us-east-1': '766337827248', 'us-west-2': '266724342769', 'eu-west-1': '999678624901' },
  },
  {
    repositories: ['xgboost'],
    accounts: { 'us-east-1': '683313688378', 'us-west-2': '246618743249', 'eu-west-1': '141502667606' },
    image: 'sagemaker-xgboost:3.0-5',
  },
];

/** The image URI of a built-in algorithm in a region; regions without an account of their own get that of us-east-1. */
export function algorithmImage(algorithm: string, region: string): string {
  const { accounts = {}, image = `${algorithm}:1` } =
    groups.find((group) => group.repositories.includes(algorithm)) ?? {};
  const account = accounts[region] ?? accounts['us-east-1'] ?? '382416733822';
  return `${account}.dkr.ecr.${region}.amazonaws.com/${image}`;
}
