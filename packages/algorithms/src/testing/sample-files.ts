/** Rows as the files that channels and requests hold them in. */
import { gzipSync } from 'node:zlib';
import { encodeRecord } from '../formats/record-writer.ts';
import type { Tensor } from '../formats/record.ts';

export interface SampleRows {
  readonly features: readonly (readonly number[])[];
  /** One per row, for algorithms that learn from labels. */
  readonly labels?: readonly number[] | undefined;
}

export interface SampleFormat {
  readonly contentType: string;
  readonly file: string;
  readonly encode: (rows: SampleRows) => Buffer;
}

/** What a sample is trained from where the format does not matter: CSV, or recordio for algorithms that take no CSV. */
export function sampleFormat({ csvType }: { readonly csvType?: string }): SampleFormat {
  return csvType === undefined
    ? { contentType: 'application/x-recordio-protobuf', file: 'matrix_0.pbr', encode: (rows) => recordioFile(rows) }
    : { contentType: csvType, file: 'a.csv', encode: csvFile };
}

/** CSV without a header, the label in front. */
export function csvFile({ features, labels }: SampleRows): Buffer {
  const lines = features.map((row, index) => [...(labels === undefined ? [] : [labels[index]]), ...row].join(','));
  return Buffer.from(`${lines.join('\n')}\n`);
}

export function partOf({ features, labels }: SampleRows, from: number, to?: number): SampleRows {
  return { features: features.slice(from, to), labels: labels?.slice(from, to) };
}

export function gzipped(file: Buffer): Buffer {
  return gzipSync(file);
}

/** `sparse` leaves out zeros and gives keys and shape. */
export function recordioFile({ features, labels }: SampleRows, sparse = false): Buffer {
  return Buffer.concat(
    features.map((row, index) => {
      const label = labels?.[index];
      return encodeRecord({
        features: { values: sparse ? sparseTensor(row) : denseTensor(row) },
        label: label === undefined ? {} : { values: denseTensor([label]) },
      });
    }),
  );
}

function denseTensor(values: readonly number[]): Tensor {
  return { type: 'float32', values: Float32Array.from(values), keys: new Float64Array(0), shape: [] };
}

function sparseTensor(row: readonly number[]): Tensor {
  const keys = Array.from(row.keys()).filter((column) => row[column] !== 0);
  const values = Float32Array.from(keys, (column) => row[column] ?? 0);
  return { type: 'float32', values, keys: Float64Array.from(keys), shape: [row.length] };
}
