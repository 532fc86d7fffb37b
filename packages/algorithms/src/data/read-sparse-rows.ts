/** Reads a channel of RecordIO-protobuf as rows of which only entries that are not zero are held: dense records as well as sparse ones. */
import { ClientError } from '../errors.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import { recordioType } from '../formats/content-type.ts';
import { readRecords } from '../formats/recordio-reader.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { RecordDecoder } from './record-decoder.ts';
import type { SparseBlock, SparseOptions } from './sparse-batch.ts';
import { sparseBlock } from './sparse-block.ts';

/** Thrown when the data are at fault, or when there is no row at all: ClientError. */
export async function* readSparseRows(
  channel: DataChannel,
  epoch: number,
  kernels: Kernels,
  options: SparseOptions,
): AsyncGenerator<SparseBlock> {
  const { contentType } = channel;
  if (contentType !== undefined && contentType.type !== recordioType)
    throw new ClientError(
      `channel ${channel.name}: content type ${contentType.type} is not supported; use ${recordioType}`,
    );
  let rows = 0;
  for await (const source of channel.sources(epoch)) {
    for await (const block of readSource(source, kernels, options)) {
      rows += block.rows;
      yield block;
    }
  }
  if (rows === 0) throw new ClientError(`channel ${channel.name} holds no rows: its files are empty`);
}

/** By the kernel as far as it goes, then record by record: that is slower, and knows what to say about a record that is wrong. */
async function* readSource(source: ByteSource, kernels: Kernels, options: SparseOptions): AsyncGenerator<SparseBlock> {
  const decoder = new RecordDecoder(source, kernels, options);
  try {
    for (let block = await decoder.next(); block !== undefined; block = await decoder.next())
      if (block.rows > 0) yield block;
    for await (const records of readRecords(decoder.rest(), decoder.decoded)) yield sparseBlock(records, options);
  } finally {
    decoder.release();
  }
}
