/** What `fit` accepts for a channel, made into the channel that CreateTrainingJob wants. */
import type { Channel } from '@rung/wire/types/sagemaker';
import { isSparseRow, rowsToRecords, type SparseRow } from './records.ts';
import { type Row, rowsToCsv } from './rows.ts';
import type { Session } from './session.ts';

const RECORDS = 'application/x-recordio-protobuf';

/** Data that is already in a bucket, with what the program must know about it. */
export interface TrainingInput {
  /** `s3://bucket/prefix` */
  uri: string;
  contentType?: string;
  /** Default `prefix`: every object whose key begins with the URI's. */
  type?: 'prefix' | 'manifest' | 'augmented-manifest';
  /** Default `replicated`: every instance sees all of it. */
  distribution?: 'replicated' | 'sharded';
  compression?: 'none' | 'gzip';
  /** How the data reach the program. Default: the job's own mode, `File` unless said otherwise. */
  mode?: 'File' | 'FastFile' | 'Pipe';
  /** Pipe mode: `recordio` makes each object a record. Default `none`: objects are joined as they are. */
  wrapper?: 'none' | 'recordio';
  /** Pipe mode: mixes the order of the objects anew in each epoch, from this seed. Default: the order of their keys. */
  shuffleSeed?: number;
  /** Of an augmented manifest: what to send of each line, in this order. */
  attributes?: readonly string[];
}

/** Rows in memory, with their labels where the algorithm learns from labels. */
export interface TrainingRows {
  /** Sparse rows are for algorithms that take records, e.g. factorization machines. */
  rows: readonly (Row | SparseRow)[];
  labels?: ArrayLike<number>;
}

/** A path on this machine, an `s3://` URI, rows in memory, or an input described in full. */
export type FitInput = string | TrainingInput | TrainingRows;

/** Channel name → data, e.g. `{ train: './train.csv', validation: './validation.csv' }`. */
export type FitInputs = Readonly<Record<string, FitInput>>;

export interface UploadEvent {
  type: 'upload';
  channel: string;
  sent: number;
  total: number;
}

export interface ChannelContext {
  readonly session: Session;
  /** Key prefix of what is uploaded. */
  readonly prefix: string;
  /** Content type of CSV for this algorithm, e.g. `text/csv;label_size=0`. Default `text/csv`. */
  readonly csvContentType?: string;
  readonly onEvent?: (event: UploadEvent) => void;
}

/** Uploads what is local and answers the channel. */
export async function toChannel(name: string, input: FitInput, context: ChannelContext): Promise<Channel> {
  if (typeof input === 'string') return fromText(name, input, context);
  if ('rows' in input) return fromRows(name, input, context);
  return channel(name, input);
}

async function fromText(name: string, text: string, context: ChannelContext): Promise<Channel> {
  const contentType = guessContentType(text, context);
  if (text.startsWith('s3://')) return channel(name, { uri: text, ...contentType });
  const uri = await context.session.upload(text, {
    onProgress: (progress) => context.onEvent?.({ type: 'upload', channel: name, ...progress }),
  });
  return channel(name, { uri, ...contentType });
}

async function fromRows(name: string, { rows, labels }: TrainingRows, context: ChannelContext): Promise<Channel> {
  if (rows.length === 0) throw new TypeError(`Channel "${name}" has no rows`);
  if (labels !== undefined && labels.length !== rows.length) {
    throw new TypeError(`Channel "${name}" has ${rows.length} rows, but ${labels.length} labels`);
  }
  const contentType = context.csvContentType ?? 'text/csv';
  const isRecords = contentType === RECORDS;
  const body = isRecords ? rowsToRecords(rows, labels) : new TextEncoder().encode(`${csvLines(name, rows, labels)}\n`);
  const Bucket = await context.session.defaultBucket();
  const Key = `${context.prefix}/${name}/rows.${isRecords ? 'pbr' : 'csv'}`;
  await context.session.s3.call('PutObject', { Bucket, Key, Body: body });
  context.onEvent?.({ type: 'upload', channel: name, sent: body.byteLength, total: body.byteLength });
  return channel(name, { uri: `s3://${Bucket}/${Key}`, contentType });
}

/** The label comes first, as SageMaker's CSV has it. */
function csvLines(name: string, rows: TrainingRows['rows'], labels: TrainingRows['labels']): string {
  const lines = rows.map((row, index) => {
    if (isSparseRow(row))
      throw new TypeError(`Channel "${name}" has sparse rows, which this algorithm's CSV cannot hold`);
    return labels === undefined ? row : [labels[index] ?? Number.NaN, ...Array.from(row)];
  });
  return rowsToCsv(lines);
}

function guessContentType(path: string, context: ChannelContext): { contentType?: string } {
  if (/\.csv(\.gz)?$/i.test(path)) return { contentType: context.csvContentType ?? 'text/csv' };
  if (/\.(pbr|recordio|rec)$/i.test(path)) return { contentType: RECORDS };
  if (/\.jsonl(ines)?$/i.test(path)) return { contentType: 'application/jsonlines' };
  if (/\.(libsvm|svm|svmlight)$/i.test(path)) return { contentType: 'text/libsvm' };
  if (/\.parquet$/i.test(path)) return { contentType: 'application/x-parquet' };
  return context.csvContentType === undefined ? {} : { contentType: context.csvContentType };
}

function channel(name: string, input: TrainingInput): Channel {
  return {
    ChannelName: name,
    ...(input.contentType === undefined ? {} : { ContentType: input.contentType }),
    ...(input.mode === undefined ? {} : { InputMode: input.mode }),
    ...(input.wrapper === 'recordio' ? { RecordWrapperType: 'RecordIO' } : {}),
    ...(input.shuffleSeed === undefined ? {} : { ShuffleConfig: { Seed: input.shuffleSeed } }),
    CompressionType: input.compression === 'gzip' || /\.gz$/i.test(input.uri) ? 'Gzip' : 'None',
    DataSource: {
      S3DataSource: {
        S3DataType: dataTypes[input.type ?? 'prefix'],
        S3Uri: input.uri,
        S3DataDistributionType: input.distribution === 'sharded' ? 'ShardedByS3Key' : 'FullyReplicated',
        ...(input.attributes === undefined ? {} : { AttributeNames: [...input.attributes] }),
      },
    },
  };
}

const dataTypes = {
  prefix: 'S3Prefix',
  manifest: 'ManifestFile',
  'augmented-manifest': 'AugmentedManifestFile',
} as const;
