import type { ListProcessingJobsRequest, ListProcessingJobsResponse } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { listPage } from '../list-page.ts';
import { summaryOf } from './describe-processing-job.ts';

/** Newest first unless asked otherwise. Thrown when NextToken is not one of ours. */
export async function listProcessingJobs(
  { store }: ServerResources,
  input: ListProcessingJobsRequest,
): Promise<ListProcessingJobsResponse> {
  const page = await listPage(store, 'processing-job', input);
  return { ProcessingJobSummaries: page.items.map(summaryOf), NextToken: page.next };
}
