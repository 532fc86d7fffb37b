/** Parquet files: the first column is the label, the others are features; null is a missing value. With weights they are the second column. */
import { parquetMetadata, parquetRead, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { ClientError } from '../errors.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import { requireMemory } from '../program/memory.ts';
import type { RowCollector } from './row-collector.ts';

/** Rows that become numbers at a time. */
const batch = 8192;

/** XGBoost's names for bounds of survival times, of which this reader takes none: as features they would give the answer away. */
const bounds = ['label_lower_bound', 'label_upper_bound'];

/** Thrown when the file is no such table: ClientError naming file, column and value. */
export async function readParquetRows(source: ByteSource, collector: RowCollector, weighted: boolean): Promise<void> {
  // A parquet file is read from its end, which a pipe cannot do: it is held as a whole.
  const file = await bytesOf(source);
  const metadata = describe(file, source.name);
  const names = metadata.schema.slice(1).map(({ name }) => name);
  const skipped = weighted ? 2 : 1;
  if (names.length <= skipped) throw new ClientError(`file ${source.name}: no features beside the label`);
  const bound = names.find((name) => bounds.includes(name));
  if (bound !== undefined)
    throw new ClientError(
      `file ${source.name}: column ${bound} is a bound of survival times, which are not supported: give exact times as the label, in the first column`,
    );
  const asyncFile = { byteLength: file.byteLength, slice: (start: number, end?: number) => file.slice(start, end) };
  const rows = Number(metadata.num_rows);
  for (let rowStart = 0; rowStart < rows; rowStart += batch) {
    const rowEnd = Math.min(rowStart + batch, rows);
    let table: unknown[][] = [];
    await parquetRead({
      file: asyncFile,
      metadata,
      compressors,
      rowStart,
      rowEnd,
      columns: names,
      rowFormat: 'array',
      onComplete: (read: unknown[][]) => {
        table = read;
      },
    }).catch((cause: unknown) => {
      throw new ClientError(
        `file ${source.name} is damaged: ${cause instanceof Error ? cause.message : String(cause)}`,
        {
          cause,
        },
      );
    });
    for (const [at, row] of table.entries()) {
      const place = `file ${source.name}, row ${rowStart + at + 1}`;
      const numbers = row.map((value, column) => numberOf(value, `${place}, column ${names[column]}`));
      const weight = weighted ? (numbers[1] ?? Number.NaN) : undefined;
      if (weight !== undefined && !(weight >= 0))
        throw new ClientError(`${place}: the weight is ${weight}, and must be 0 or greater`);
      collector.startRow(numbers[0] ?? Number.NaN, place, weight);
      collector.denseRow(numbers.slice(skipped), place);
    }
  }
}

function describe(file: ArrayBuffer, name: string): FileMetaData {
  try {
    return parquetMetadata(file);
  } catch (cause) {
    throw new ClientError(
      `file ${name} is not a parquet file: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

function numberOf(value: unknown, place: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (value === null || value === undefined) return Number.NaN;
  throw new ClientError(
    `${place}: ${JSON.stringify(value).slice(0, 40)} is not a number; categories are given by their codes, whole numbers from 0 on`,
  );
}

async function bytesOf(source: ByteSource): Promise<ArrayBuffer> {
  let bytes = new Uint8Array(4_194_304);
  let filled = 0;
  for (;;) {
    if (filled === bytes.length) {
      requireMemory({
        bytes: bytes.length * 3,
        what: `the parquet file ${source.name}`,
        remedy: 'use several smaller files',
        inKernels: false,
      });
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    const read = await source.read(bytes.subarray(filled));
    if (read === 0) return bytes.buffer.slice(0, filled);
    filled += read;
  }
}
