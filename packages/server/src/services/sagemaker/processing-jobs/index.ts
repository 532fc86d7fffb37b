import type { SagemakerOperations } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { Handlers } from '../../service.ts';
import { createProcessingJob } from './create-processing-job.ts';
import { deleteProcessingJob } from './delete-processing-job.ts';
import { describeProcessingJob } from './describe-processing-job.ts';
import { listProcessingJobs } from './list-processing-jobs.ts';
import { stopProcessingJob } from './stop-processing-job.ts';

export function processingJobHandlers(resources: ServerResources): Handlers<SagemakerOperations> {
  return {
    CreateProcessingJob: (input, context) => createProcessingJob(resources, input, context),
    DeleteProcessingJob: (input) => deleteProcessingJob(resources, input),
    DescribeProcessingJob: (input) => describeProcessingJob(resources, input),
    ListProcessingJobs: (input) => listProcessingJobs(resources, input),
    StopProcessingJob: (input) => stopProcessingJob(resources, input),
  };
}
