/** Reads a channel of any content type into kernel memory. */
import { ClientError } from '../errors.ts';
import { peek, type ByteSource } from '../formats/byte-source.ts';
import { csvType, labelSizeOf } from '../formats/content-type.ts';
import { readCsv } from '../formats/csv-reader.ts';
import { featuresOf, readRecords } from '../formats/recordio-reader.ts';
import type { RowBlock } from '../formats/row-block.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { checkCategories } from './categories.ts';
import type { DataSet } from './matrix.ts';
import { readLibsvm } from './read-libsvm.ts';
import { RowCollector } from './row-collector.ts';

export interface ReadOptions {
  /** The second column of CSV holds weights. */
  readonly csvWeights: boolean;
  readonly checkLabel: (label: number) => string | undefined;
  /** Features that dense rows must have; sparse rows may have others. */
  readonly columns?: number | undefined;
  /** Rows belong to queries; weights are per query. */
  readonly ranking: boolean;
  /** Features whose values are categories. */
  readonly categorical: readonly number[];
}

type Format = 'csv' | 'libsvm' | 'parquet' | 'recordio';

const formats: Readonly<Record<string, Format>> = {
  [csvType]: 'csv',
  csv: 'csv',
  'text/libsvm': 'libsvm',
  'text/x-libsvm': 'libsvm',
  libsvm: 'libsvm',
  'application/x-parquet': 'parquet',
  parquet: 'parquet',
  'application/x-recordio-protobuf': 'recordio',
  'recordio-protobuf': 'recordio',
};

/** Thrown when the data are at fault, or when there is no row at all: ClientError. */
export async function readData(kernels: Kernels, channel: DataChannel, options: ReadOptions): Promise<DataSet> {
  const collector = new RowCollector(kernels, options);
  const files: { readonly name: string; readonly first: number }[] = [];
  for await (const source of channel.sources(0)) {
    files.push({ name: source.name, first: collector.rows });
    const { format, whole } = await formatOf(channel, source);
    if (format === 'csv') await collectCsv(kernels, collector, whole, options);
    else if (format === 'recordio') await collectRecords(collector, whole);
    else if (format === 'parquet') {
      // Loaded on need: other formats do without it.
      const { readParquetRows } = await import('./read-parquet.ts');
      await readParquetRows(whole, collector, options.csvWeights);
    } else await readLibsvm(whole, kernels, collector);
  }
  if (collector.rows === 0) throw new ClientError(`channel ${channel.name} holds no rows: its files are empty`);
  const data = collector.finish();
  checkCategories(data.matrix, options.categorical, (row) => {
    const file = files.findLast(({ first }) => first <= row);
    return `file ${file?.name ?? ''}, row ${row - (file?.first ?? 0) + 1}`;
  });
  return data;
}

async function formatOf(
  { name, contentType }: DataChannel,
  source: ByteSource,
): Promise<{ readonly format: Format; readonly whole: ByteSource }> {
  if (contentType !== undefined) {
    const format = formats[contentType.type];
    if (format === 'csv' && (labelSizeOf(contentType) ?? 1) !== 1)
      throw new ClientError(
        `channel ${name}: its content type says another label_size than 1, and xgboost needs one label`,
      );
    if (format !== undefined) return { format, whole: source };
    throw new ClientError(
      `channel ${name}: content type ${contentType.type} is not supported; use text/libsvm, text/csv, application/x-parquet or application/x-recordio-protobuf`,
    );
  }
  const { whole, head } = await peek(source, 4);
  const isRecordio = head[0] === 0x0a && head[1] === 0x23 && head[2] === 0xd7 && head[3] === 0xce;
  if (isRecordio) return { format: 'recordio', whole };
  return { format: Buffer.from(head).toString('latin1') === 'PAR1' ? 'parquet' : 'libsvm', whole };
}

/** An empty field is a missing value. */
async function collectCsv(
  kernels: Kernels,
  collector: RowCollector,
  source: ByteSource,
  { csvWeights, checkLabel }: ReadOptions,
): Promise<void> {
  const extra = csvWeights ? 1 : 0;
  const blocks = readCsv(source, kernels, {
    columns: collector.denseColumns === undefined ? undefined : collector.denseColumns + extra,
    labelSize: 1,
    nan: 'missing',
    checkLabel: (label) => (Number.isFinite(label) ? checkLabel(label) : `the label is ${label}, not a finite number`),
  });
  for await (const block of blocks) {
    if (csvWeights && block.columns < 2)
      throw new ClientError(`file ${source.name}: no features beside label and weight`);
    collector.addBlock(block, csvWeights ? weightsOf(kernels, block) : undefined);
  }
}

function weightsOf({ heap }: Kernels, block: RowBlock): Float32Array {
  const values = heap.viewFloat32(block.values, block.rows * block.stride);
  return Float32Array.from({ length: block.rows }, (_, row) => {
    const weight = values[row * block.stride] ?? 0;
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new ClientError(
        `${block.place(row)}: the weight ${weight} in the second column is not a finite number of 0 or more`,
      );
    return weight;
  });
}

/** A key that a sparse record does not have is a missing value. */
async function collectRecords(collector: RowCollector, source: ByteSource): Promise<void> {
  for await (const records of readRecords(source)) {
    for (const placed of records) {
      const { values, keys, shape } = featuresOf(placed);
      const label = placed.record.label['values'] ?? Object.values(placed.record.label)[0];
      if (label === undefined || label.values.length !== 1)
        throw new ClientError(
          `${placed.place} has ${label === undefined ? 'no label' : `${label.values.length} numbers of label, expected 1`}`,
        );
      collector.startRow(label.values[0] ?? Number.NaN, placed.place);
      if (keys.length === 0 && values.length > 0) collector.denseRow(values, placed.place);
      else collector.sparseRow(keys, values, shape.at(-1) ?? 0, placed.place);
    }
  }
}
