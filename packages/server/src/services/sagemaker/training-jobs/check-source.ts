/** What CreateTrainingJob refuses because the source of a script is not there. */
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import { sourceUri } from '../../../controllers/training-jobs/script-source.ts';
import type { Program } from '../../../engines/workload.ts';
import { ObjectStoreError } from '../../../objects/object-store-error.ts';
import type { ObjectStore } from '../../../objects/object-store.ts';
import { parseS3Uri } from '../s3-uri.ts';

const member = 'The hyperparameter sagemaker_submit_directory';

export async function checkSource(
  request: CreateTrainingJobRequest,
  program: Program,
  objects: ObjectStore,
): Promise<string[]> {
  const uri = sourceUri({ program, request });
  if (program.type !== 'script' || program.command !== undefined) return [];
  if (uri === undefined)
    return [
      `${member} is missing: it is the s3:// address of the source archive (sourcedir.tar.gz) with the script in it.`,
    ];
  const address = parseS3Uri(uri);
  if (address === undefined || address.key === '')
    return [`${member} is "${uri}", but must be the s3:// address of a .tar.gz archive.`];
  try {
    await objects.head(address.bucket, address.key);
    return [];
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    return [`${member} is "${uri}", and there is no such object. Upload the source archive first, as the SDKs do.`];
  }
}
