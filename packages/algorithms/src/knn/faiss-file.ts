/**
 * faiss's own file format, which `faiss.write_index` writes and `faiss.read_index` reads: little-endian, each index under a name of four letters.
 * Written: IndexFlatL2 (IxF2), IndexFlatIP (IxFI), IndexIVFFlat (IwFl), IndexIVFPQ (IwPQ, codes of eight bits, by residual).
 */
import { ClientError } from '../errors.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { codeWords } from './coded-index.ts';
import { rowCount, type CodedContent, type IndexContent, type ListedContent } from './index-content.ts';
import type { Metric } from './metric.ts';

const metrics: readonly Metric[] = ['inner-product', 'l2'];

export function encodeFaiss(content: IndexContent): Uint8Array {
  const writer = new ByteWriter();
  if (content.kind === 'flat') writeFlat(writer, content.metric, content.columns, content.rows);
  else writeLists(writer, content);
  return writer.join();
}

/** Thrown when the bytes are no index of these kinds: ClientError that names `file`. */
export function decodeFaiss(bytes: Uint8Array, file: string): IndexContent {
  const reader = new ByteReader(bytes, file);
  const name = reader.text(4);
  if (name.startsWith('IxF')) {
    const { metric, columns } = readHeader(reader);
    return { kind: 'flat', metric, columns, rows: reader.float32(reader.uint64()) };
  }
  if (name === 'IwFl' || name === 'IwPQ') return readLists(reader, name);
  throw new ClientError(
    `file ${file} of the model holds no index that is known: it begins with '${name}', not IxF2, IxFI, IwFl or IwPQ`,
  );
}

function writeHeader(writer: ByteWriter, metric: Metric, columns: number, rows: number): void {
  writer.int32(columns);
  writer.uint64(rows);
  // Two numbers that faiss no longer uses, and whether the index is trained.
  writer.uint64(2 ** 20);
  writer.uint64(2 ** 20);
  writer.uint8(1);
  writer.int32(metrics.indexOf(metric));
}

function readHeader(reader: ByteReader): { metric: Metric; columns: number; rows: number } {
  const columns = reader.int32();
  const rows = reader.uint64();
  reader.skip(17);
  const metric = metrics[reader.int32()];
  if (metric === undefined || columns < 1) throw reader.damaged();
  return { metric, columns, rows };
}

function writeFlat(writer: ByteWriter, metric: Metric, columns: number, rows: Float32Array): void {
  writer.text(metric === 'l2' ? 'IxF2' : 'IxFI');
  writeHeader(writer, metric, columns, rows.length / columns);
  writer.uint64(rows.length);
  writer.array(rows);
}

function writeLists(writer: ByteWriter, content: ListedContent | CodedContent): void {
  const { metric, columns, centers, probes, sizes, ids } = content;
  writer.text(content.kind === 'ivf-flat' ? 'IwFl' : 'IwPQ');
  writeHeader(writer, metric, columns, rowCount(content));
  writer.uint64(sizes.length);
  writer.uint64(probes);
  writeFlat(writer, metric, columns, centers);
  // No map from a row's number to its place.
  writer.uint8(0);
  writer.uint64(0);
  let bytes: Uint8Array;
  let size = columns * 4;
  if (content.kind === 'ivf-pq') {
    size = content.parts;
    bytes = content.codes;
    // By residual; then the quantizer: dimensions, parts, bits of a code.
    writer.uint8(1);
    for (const value of [size, columns, size, 8, content.codebook.length]) writer.uint64(value);
    writer.array(content.codebook);
  } else bytes = new Uint8Array(content.rows.buffer, content.rows.byteOffset, content.rows.byteLength);
  writer.text('ilar');
  writer.uint64(sizes.length);
  writer.uint64(size);
  writer.text('full');
  writer.uint64(sizes.length);
  for (const count of sizes) writer.uint64(count);
  let first = 0;
  for (const count of sizes) {
    writer.array(bytes.subarray(first * size, (first + count) * size));
    writer.array(BigInt64Array.from(ids.subarray(first, first + count), BigInt));
    first += count;
  }
}

function readLists(reader: ByteReader, name: 'IwFl' | 'IwPQ'): IndexContent {
  const { metric, columns, rows } = readHeader(reader);
  const lists = reader.uint64();
  const probes = reader.uint64();
  if (!reader.text(4).startsWith('IxF')) throw reader.damaged();
  const quantizer = readHeader(reader);
  const centers = reader.float32(reader.uint64());
  if (quantizer.columns !== columns || centers.length !== lists * columns || probes < 1) throw reader.damaged();
  reader.skip(1);
  reader.skip(reader.uint64() * 8);
  const coded = name === 'IwPQ' ? readQuantizer(reader, columns) : undefined;
  if (reader.text(4) !== 'ilar' || reader.uint64() !== lists) throw reader.damaged();
  const size = reader.uint64();
  if (size !== (coded?.parts ?? columns * 4)) throw reader.damaged();
  const sizes = readSizes(reader, lists);
  if (sizes.reduce((sum, count) => sum + count, 0) !== rows) throw reader.damaged();
  const ids = new Int32Array(rows);
  const bytes = new Uint8Array(rows * size);
  let first = 0;
  for (const count of sizes) {
    bytes.set(reader.bytes(count * size), first * size);
    for (let i = 0; i < count; i++) ids[first + i] = reader.uint64();
    first += count;
  }
  if (ids.some((id) => id < 0 || id >= rows)) throw reader.damaged();
  const common = { metric, columns, centers, probes, sizes, ids };
  return coded === undefined
    ? { ...common, kind: 'ivf-flat', rows: new Float32Array(bytes.buffer) }
    : { ...common, ...coded, kind: 'ivf-pq', codes: bytes };
}

function readQuantizer(reader: ByteReader, columns: number): { parts: number; codebook: Float32Array } {
  const residual = reader.bytes(1)[0];
  reader.skip(8);
  const dimensions = reader.uint64();
  const parts = reader.uint64();
  const bits = reader.uint64();
  const codebook = reader.float32(reader.uint64());
  if (residual !== 1 || dimensions !== columns || bits !== 8 || codebook.length !== codeWords * columns)
    throw reader.damaged();
  return { parts, codebook };
}

/** All sizes, or pairs of a list and its size where many lists are empty. */
function readSizes(reader: ByteReader, lists: number): Int32Array {
  const kind = reader.text(4);
  const length = reader.uint64();
  const sizes = new Int32Array(lists);
  if (kind === 'full' && length === lists) for (let list = 0; list < lists; list++) sizes[list] = reader.uint64();
  else if (kind === 'sprs') for (let i = 0; i < length; i += 2) sizes[reader.uint64()] = reader.uint64();
  else throw reader.damaged();
  return sizes;
}
