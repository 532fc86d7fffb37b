import type { MetricId } from '../../observability/metric-store.ts';

/** Under which identity a trial component's metric is kept. */
export function trialMetric(component: string, name: string): MetricId {
  return { namespace: '/aws/sagemaker/TrialComponents', name, dimensions: { TrialComponentName: component } };
}

/** `undefined` when the ARN is that of something else. A training job has a trial component of its own, named after it. */
export function componentOf(arn: string): string | undefined {
  const [, type, name] =
    /^arn:[^:]+:sagemaker:[^:]*:\d{12}:(experiment-trial-component|training-job)\/(.+)$/.exec(arn) ?? [];
  if (name === undefined) return undefined;
  return type === 'training-job' ? `${name}-aws-training-job` : name;
}
