import type { SagemakerOperations } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { Handlers } from '../../service.ts';
import { createTrainingJob } from './create-training-job.ts';
import { deleteTrainingJob } from './delete-training-job.ts';
import { describeTrainingJob } from './describe-training-job.ts';
import { listTrainingJobs } from './list-training-jobs.ts';
import { stopTrainingJob } from './stop-training-job.ts';
import { updateTrainingJob } from './update-training-job.ts';

export function trainingJobHandlers(resources: ServerResources): Handlers<SagemakerOperations> {
  return {
    CreateTrainingJob: (input, context) => createTrainingJob(resources, input, context),
    DeleteTrainingJob: (input) => deleteTrainingJob(resources, input),
    DescribeTrainingJob: (input) => describeTrainingJob(resources, input),
    ListTrainingJobs: (input) => listTrainingJobs(resources, input),
    StopTrainingJob: (input) => stopTrainingJob(resources, input),
    UpdateTrainingJob: (input) => updateTrainingJob(resources, input),
  };
}
