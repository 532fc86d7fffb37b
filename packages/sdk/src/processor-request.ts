/** What a processor's inputs and outputs are on the wire. */
import type { ProcessingInput, ProcessingOutput } from '@rung/wire/types/sagemaker';
import type { Session } from './session.ts';

export interface ProcessorInput {
  /** A file or folder on this machine, which is uploaded, or `s3://bucket/prefix`. */
  source: string;
  /** Where the program finds it. Default `/opt/ml/processing/input/<name>`. */
  destination?: string;
  /** Default `prefix`: every object whose key begins with the URI's. */
  type?: 'prefix' | 'manifest';
  /** Default `replicated`: every instance sees all of it. */
  distribution?: 'replicated' | 'sharded';
  compression?: 'none' | 'gzip';
  /** Default `File`: copied before the program starts. */
  mode?: 'File' | 'Pipe';
}

export interface ProcessorOutput {
  /** Where the program leaves it. Default `/opt/ml/processing/output/<name>`. */
  source?: string;
  /** `s3://bucket/prefix`. Default: below the job's name in the session's default bucket. */
  destination?: string;
  /** When it is stored. Default `end-of-job`. */
  upload?: 'end-of-job' | 'continuous';
}

/** Name → a path on this machine, an `s3://` URI, or an input described in full. */
export type ProcessorInputs = Readonly<Record<string, string | ProcessorInput>>;
/** Name → an `s3://` URI, or an output described in full. */
export type ProcessorOutputs = Readonly<Record<string, string | ProcessorOutput>>;

export interface ProcessorUploadEvent {
  type: 'upload';
  input: string;
  sent: number;
  total: number;
}

/** Uploads what is on this machine. Thrown when there is no such file or folder. */
export async function toProcessingInput(
  name: string,
  input: string | ProcessorInput,
  session: Session,
  onEvent: (event: ProcessorUploadEvent) => void,
): Promise<ProcessingInput> {
  const wish = typeof input === 'string' ? { source: input } : input;
  const uri = wish.source.startsWith('s3://')
    ? wish.source
    : await session.upload(wish.source, {
        onProgress: (progress) => onEvent({ type: 'upload', input: name, ...progress }),
      });
  return {
    InputName: name,
    S3Input: {
      S3Uri: uri,
      LocalPath: wish.destination ?? `/opt/ml/processing/input/${name}`,
      S3DataType: wish.type === 'manifest' ? 'ManifestFile' : 'S3Prefix',
      S3InputMode: wish.mode ?? 'File',
      S3DataDistributionType: wish.distribution === 'sharded' ? 'ShardedByS3Key' : 'FullyReplicated',
      S3CompressionType: wish.compression === 'gzip' ? 'Gzip' : 'None',
    },
  };
}

/** @param folder in the default bucket, for outputs without a place of their own. */
export function toProcessingOutput(name: string, output: string | ProcessorOutput, folder: string): ProcessingOutput {
  const wish = typeof output === 'string' ? { destination: output } : output;
  return {
    OutputName: name,
    S3Output: {
      S3Uri: wish.destination ?? `${folder}/${name}`,
      LocalPath: wish.source ?? `/opt/ml/processing/output/${name}`,
      S3UploadMode: wish.upload === 'continuous' ? 'Continuous' : 'EndOfJob',
    },
  };
}
