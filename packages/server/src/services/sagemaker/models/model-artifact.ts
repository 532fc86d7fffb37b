/** Where the files of a model come from, and whether they are there. */
import type { ContainerDefinition } from '@rung/wire/types/sagemaker';
import type { Input } from '@rung/worker';
import type { Program } from '../../../engines/workload.ts';
import type { Json } from '../../../json.ts';
import type { ObjectAddress, ObjectStore } from '../../../objects/object-store.ts';
import { ObjectStoreError } from '../../../objects/object-store-error.ts';
import { validationError } from '../errors.ts';
import { parseS3Uri } from '../s3-uri.ts';

/** What the worker fetches before the program starts. Thrown as the parts are. */
export function modelInputs(definition: Json<ContainerDefinition>, program: Program): Input[] {
  const inputs = [modelInput(definition), program.type === 'script' ? codeInput(definition) : undefined];
  return inputs.filter((input) => input !== undefined);
}

/**
 * What the worker fetches into `/opt/ml/model`; `undefined` for a container that brings its model along.
 * Thrown when the request says it in two ways, or in one that does not exist yet.
 */
function modelInput(definition: Json<ContainerDefinition>): Input | undefined {
  const { ModelDataUrl: url, ModelDataSource: source } = definition;
  const s3 = source?.S3DataSource;
  if (url !== undefined && source !== undefined)
    throw validationError('Give either ModelDataUrl or ModelDataSource, not both.');
  if (source !== undefined && s3 === undefined) throw validationError('ModelDataSource needs an S3DataSource.');
  if (url !== undefined) {
    if (!url.endsWith('.tar.gz')) {
      throw validationError(
        `ModelDataUrl must name a .tar.gz archive, and "${url}" does not. For a folder use ModelDataSource with S3Prefix.`,
      );
    }
    return artifact(url, 'object', 'untar');
  }
  if (s3 === undefined) return undefined;
  if (s3.S3DataType === 'S3Object')
    return artifact(s3.S3Uri, 'object', s3.CompressionType === 'Gzip' ? 'untar' : 'none');
  if (s3.CompressionType === 'Gzip') {
    throw validationError('ModelDataSource with S3Prefix must have CompressionType None: Gzip needs S3Object.');
  }
  return artifact(s3.S3Uri, 'prefix', 'none');
}

/**
 * The archive with the handlers that `SAGEMAKER_SUBMIT_DIRECTORY` names, unpacked into `/opt/ml/code`; `undefined` when they lie in the model, or
 * there are none. Only programs that run scripts read it.
 */
function codeInput({ Environment: environment }: Json<ContainerDefinition>): Input | undefined {
  const uri = environment?.['SAGEMAKER_SUBMIT_DIRECTORY'];
  if (uri === undefined || !uri.startsWith('s3://')) return undefined;
  address(uri);
  return { name: 'code', uri, type: 'object', path: 'code', distribution: 'replicated', transform: 'untar' };
}

/** Thrown when no object is there. */
export async function checkArtifact(objects: ObjectStore, { name, uri, type }: Input): Promise<void> {
  const { bucket, key } = address(uri);
  try {
    if (type === 'object') {
      await objects.head(bucket, key);
      return;
    }
    const page = await objects.list(bucket, { prefix: key, limit: 1 });
    if (page.objects.length > 0) return;
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
  }
  throw validationError(
    name === 'code'
      ? `Could not find the handlers at ${uri}, which SAGEMAKER_SUBMIT_DIRECTORY names.`
      : `Could not find model data at ${uri}.`,
  );
}

function artifact(uri: string, type: Input['type'], transform: Input['transform']): Input {
  address(uri);
  return { name: 'model', uri, type, path: 'model', distribution: 'replicated', transform };
}

function address(uri: string): ObjectAddress {
  const parsed = parseS3Uri(uri);
  if (parsed !== undefined && parsed.key !== '') return parsed;
  throw validationError(`"${uri}" is not the address of a model: expected s3://bucket/key.`);
}
