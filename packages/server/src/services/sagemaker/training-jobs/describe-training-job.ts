import type {
  DescribeTrainingJobRequest,
  DescribeTrainingJobResponse,
  WarmPoolStatus,
} from '@rung/wire/types/sagemaker';
import { ranFor } from '../../../controllers/training-jobs/steps.ts';
import { secondsSince } from '../../../controllers/training-jobs/warm-pools.ts';
import type { ServerResources } from '../../../resources.ts';
import { notFound } from '../errors.ts';
import { defaultMaxRuntimeSeconds, hasEnded, modelArtifactsUri, type TrainingJob } from './types.ts';

/** Thrown when there is no job of that name. */
export async function describeTrainingJob(
  { store, clock, config }: ServerResources,
  { TrainingJobName }: DescribeTrainingJobRequest,
): Promise<DescribeTrainingJobResponse> {
  const job = await store.get('training-job', TrainingJobName);
  if (job === undefined) throw notFound.trainingJob();
  return description(job, config.spot.discount, clock.now());
}

function description(job: TrainingJob, discount: number, now: Date): DescribeTrainingJobResponse {
  const { RemoteDebugConfig, InfraCheckConfig, SessionChainingConfig: _sessions, ...request } = job.spec.request;
  return {
    ...request,
    TrainingJobArn: job.arn,
    ModelArtifacts: { S3ModelArtifacts: modelArtifactsUri(job.spec.request) },
    TrainingJobStatus: job.status.status,
    SecondaryStatus: job.status.secondaryStatus,
    FailureReason: job.status.failureReason,
    // The `sagemaker` SDK's Estimator.attach reads this key even when no key was asked for.
    OutputDataConfig: { ...request.OutputDataConfig, KmsKeyId: request.OutputDataConfig.KmsKeyId ?? '' },
    StoppingCondition: { MaxRuntimeInSeconds: defaultMaxRuntimeSeconds, ...request.StoppingCondition },
    CreationTime: job.createdAt,
    LastModifiedTime: job.modifiedAt,
    ...times(job, discount),
    WarmPoolStatus: warmPoolStatus(job, now),
    SecondaryStatusTransitions: job.status.transitions.map(({ status, startTime, endTime, message }) => ({
      Status: status,
      StartTime: new Date(startTime),
      EndTime: endTime === undefined ? undefined : new Date(endTime),
      StatusMessage: message,
    })),
    FinalMetricDataList:
      job.status.finalMetrics.length === 0
        ? undefined
        : job.status.finalMetrics.map(({ name, value, at }) => ({
            MetricName: name,
            Value: value,
            Timestamp: new Date(at),
          })),
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
    // Nothing is profiled here, whatever ProfilerConfig asks for.
    ProfilingStatus: 'Disabled',
    RemoteDebugConfig,
    InfraCheckConfig,
  };
}

/** Training time is from the first download to the end, with all waiting between; billed is what attempts ran, which costs nothing here. */
function times({ spec, status }: TrainingJob, discount: number): Partial<DescribeTrainingJobResponse> {
  if (status.trainingStartTime === undefined) return {};
  const start = new Date(status.trainingStartTime);
  if (status.trainingEndTime === undefined) return { TrainingStartTime: start };
  const end = new Date(status.trainingEndTime);
  const ran = ranFor(status, status.trainingEndTime);
  const price = spec.request.EnableManagedSpotTraining === true ? 1 - discount : 1;
  return {
    TrainingStartTime: start,
    TrainingEndTime: end,
    TrainingTimeInSeconds: Math.max(0, Math.ceil((end.getTime() - start.getTime()) / 1000)),
    BillableTimeInSeconds: Math.ceil(Math.round(ran * price) / 1000),
  };
}

/** Of what the job left to others, or of what it runs on. */
function warmPoolStatus(job: TrainingJob, now: Date): WarmPoolStatus | undefined {
  const { warmPool, warmedBy } = job.status;
  if (warmPool === undefined) {
    if (warmedBy === undefined) return undefined;
    // Whether it keeps its instances for others is not known until they are cleared away.
    const keeps = (job.spec.request.ResourceConfig?.KeepAlivePeriodInSeconds ?? 0) > 0;
    return hasEnded(job) && !keeps
      ? { Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: 0 }
      : { Status: 'InUse' };
  }
  switch (warmPool.status) {
    case 'Available':
      return { Status: 'Available', ResourceRetainedBillableTimeInSeconds: secondsSince(warmPool.since, now) };
    case 'Reused':
      return {
        Status: 'Reused',
        ResourceRetainedBillableTimeInSeconds: warmPool.retainedSeconds,
        ReusedByJob: warmPool.by,
      };
    case 'Terminated':
      return { Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: warmPool.retainedSeconds };
  }
}
