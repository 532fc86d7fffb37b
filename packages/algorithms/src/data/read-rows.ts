/** Reads a channel as rows of numbers, whatever its content type. */
import { ClientError } from '../errors.ts';
import { peek, type ByteSource } from '../formats/byte-source.ts';
import { csvType, labelSizeOf, recordioType } from '../formats/content-type.ts';
import { readCsv } from '../formats/csv-reader.ts';
import { readRecordRows } from '../formats/recordio-reader.ts';
import type { RowBlock, RowOptions } from '../formats/row-block.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { DataChannel } from '../program/data-channel.ts';

/**
 * Yields the blocks of every file of the channel; each is valid until the next one is asked for. A `label_size` of the channel's content type
 * goes before the one in `options`. Thrown when the data are at fault, or when there is no row at all: ClientError.
 */
export async function* readRows(
  channel: DataChannel,
  epoch: number,
  kernels: Kernels,
  options: RowOptions,
): AsyncGenerator<RowBlock> {
  let { columns } = options;
  let rows = 0;
  for await (const source of channel.sources(epoch)) {
    for await (const block of await readSource(source, channel, kernels, { ...options, columns })) {
      columns = block.columns;
      rows += block.rows;
      yield block;
    }
  }
  if (rows === 0) throw new ClientError(`channel ${channel.name} holds no rows: its files are empty`);
}

async function readSource(
  source: ByteSource,
  channel: DataChannel,
  kernels: Kernels,
  options: RowOptions,
): Promise<AsyncGenerator<RowBlock>> {
  const { contentType } = channel;
  if (contentType?.type === csvType)
    return readCsv(source, kernels, { ...options, labelSize: labelSizeOf(contentType) ?? options.labelSize });
  if (contentType?.type === recordioType) return readRecordRows(source, kernels, options);
  if (contentType !== undefined) {
    throw new ClientError(
      `channel ${channel.name}: content type ${contentType.type} is not supported; use ${csvType} or ${recordioType}`,
    );
  }
  // SageMaker takes data without a content type as recordio; text is recognised by not beginning with its magic word.
  const { whole, head } = await peek(source, 4);
  const isRecordio =
    head.length === 0 || (head[0] === 0x0a && head[1] === 0x23 && head[2] === 0xd7 && head[3] === 0xce);
  return isRecordio ? readRecordRows(whole, kernels, options) : readCsv(whole, kernels, options);
}
