/** How requests name the service they mean. Kept apart from the models, which are not loaded before somebody speaks to them. */
import type { ServiceName } from '@rung/wire';

/** By the service in a signature's scope. The first is meant unless target or path say otherwise. */
export const servicesBySigningName: Readonly<Record<string, readonly [ServiceName, ...ServiceName[]]>> = {
  sagemaker: ['sagemaker', 'sagemaker-runtime', 'sagemaker-metrics'],
  s3: ['s3'],
  sts: ['sts'],
  iam: ['iam'],
  logs: ['logs'],
  monitoring: ['cloudwatch'],
  ecr: ['ecr'],
  'application-autoscaling': ['application-autoscaling'],
};

/** By what stands before the point in `X-Amz-Target`. */
export function serviceByTarget(target: string): ServiceName {
  return targets.get(target.split('.', 1)[0] ?? '') ?? 'sagemaker';
}

const targets = new Map<string, ServiceName>([
  ['SageMaker', 'sagemaker'],
  ['Logs_20140328', 'logs'],
  ['GraniteServiceVersion20100801', 'cloudwatch'],
  ['AmazonEC2ContainerRegistry_V20150921', 'ecr'],
  ['AnyScaleFrontendService', 'application-autoscaling'],
]);

/** By path, for what has a path of its own. */
export function serviceByPath(path: string): ServiceName | undefined {
  if (path.startsWith('/endpoints/')) return 'sagemaker-runtime';
  if (path === '/BatchPutMetrics' || path === '/BatchGetMetrics') return 'sagemaker-metrics';
  if (path.startsWith('/service/GraniteServiceVersion20100801/')) return 'cloudwatch';
  return undefined;
}
