import type { DescribeProcessingJobRequest, DescribeProcessingJobResponse } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { notFound } from '../errors.ts';
import { defaultMaxRuntimeSeconds, type ProcessingJob } from './types.ts';

/** Thrown when there is no job of that name. */
export async function describeProcessingJob(
  { store }: ServerResources,
  { ProcessingJobName }: DescribeProcessingJobRequest,
): Promise<DescribeProcessingJobResponse> {
  const job = await store.get('processing-job', ProcessingJobName);
  if (job === undefined) throw notFound.processingJob();
  return {
    ...job.spec.request,
    StoppingCondition: job.spec.request.StoppingCondition ?? { MaxRuntimeInSeconds: defaultMaxRuntimeSeconds },
    ...summaryOf(job),
    ProcessingStartTime: dateOf(job.status.startTime),
  };
}

/** What Describe and List both tell. */
export function summaryOf({ name, arn, createdAt, modifiedAt, status }: ProcessingJob): {
  ProcessingJobName: string;
  ProcessingJobArn: string;
  ProcessingJobStatus: ProcessingJob['status']['status'];
  CreationTime: Date;
  LastModifiedTime: Date;
  ProcessingEndTime: Date | undefined;
  FailureReason: string | undefined;
  ExitMessage: string | undefined;
} {
  return {
    ProcessingJobName: name,
    ProcessingJobArn: arn,
    ProcessingJobStatus: status.status,
    CreationTime: createdAt,
    LastModifiedTime: modifiedAt,
    ProcessingEndTime: dateOf(status.endTime),
    FailureReason: status.failureReason,
    ExitMessage: status.exitMessage,
  };
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
