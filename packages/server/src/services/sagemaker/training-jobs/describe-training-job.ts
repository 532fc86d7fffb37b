import type { DescribeTrainingJobRequest, DescribeTrainingJobResponse } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { notFound } from '../errors.ts';
import { defaultMaxRuntimeSeconds, modelArtifactsUri, type TrainingJob } from './types.ts';

/** Thrown when there is no job of that name. */
export async function describeTrainingJob(
  { store }: ServerResources,
  { TrainingJobName }: DescribeTrainingJobRequest,
): Promise<DescribeTrainingJobResponse> {
  const job = await store.get('training-job', TrainingJobName);
  if (job === undefined) throw notFound.trainingJob();
  return description(job);
}

function description(job: TrainingJob): DescribeTrainingJobResponse {
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
    ...times(job),
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

/** The time from the start of the download to the end of the upload; what is billed is the same, and costs nothing here. */
function times({ status }: TrainingJob): Partial<DescribeTrainingJobResponse> {
  if (status.trainingStartTime === undefined) return {};
  const start = new Date(status.trainingStartTime);
  if (status.trainingEndTime === undefined) return { TrainingStartTime: start };
  const end = new Date(status.trainingEndTime);
  const seconds = Math.max(0, Math.ceil((end.getTime() - start.getTime()) / 1000));
  return {
    TrainingStartTime: start,
    TrainingEndTime: end,
    TrainingTimeInSeconds: seconds,
    BillableTimeInSeconds: seconds,
  };
}
