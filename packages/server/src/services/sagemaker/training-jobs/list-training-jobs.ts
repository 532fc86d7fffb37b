import type { ListTrainingJobsRequest, ListTrainingJobsResponse } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { listPage } from '../list-page.ts';
import type { TrainingJob } from './types.ts';

/** Newest first unless asked otherwise. Thrown when NextToken is not one of ours. */
export async function listTrainingJobs(
  { store }: ServerResources,
  input: ListTrainingJobsRequest,
): Promise<ListTrainingJobsResponse> {
  // No job has a warm pool or a training plan, so none matches a filter on one.
  if (input.WarmPoolStatusEquals !== undefined || input.TrainingPlanArnEquals !== undefined)
    return { TrainingJobSummaries: [] };
  const page = await listPage(store, 'training-job', input);
  return { TrainingJobSummaries: page.items.map(summary), NextToken: page.next };
}

function summary({
  name,
  arn,
  createdAt,
  modifiedAt,
  status,
}: TrainingJob): ListTrainingJobsResponse['TrainingJobSummaries'][number] {
  return {
    TrainingJobName: name,
    TrainingJobArn: arn,
    CreationTime: createdAt,
    TrainingEndTime: status.trainingEndTime === undefined ? undefined : new Date(status.trainingEndTime),
    LastModifiedTime: modifiedAt,
    TrainingJobStatus: status.status,
    SecondaryStatus: status.secondaryStatus,
  };
}
