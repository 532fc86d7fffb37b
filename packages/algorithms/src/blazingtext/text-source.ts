/** A channel as plain text: a sentence per line, the labels in front as words that begin with `__label__`. */
import type { DataChannel } from '../program/data-channel.ts';
import { ClientError } from '../errors.ts';
import { peek, type ByteSource } from '../formats/byte-source.ts';
import { jsonLinesType } from '../formats/content-type.ts';
import { readFrames } from '../formats/recordio-frames.ts';
import { UnsupportedContentType } from '../formats/request-errors.ts';

export const labelPrefix = '__label__';

const known = ['text/plain', jsonLinesType, 'application/x-recordio'];
const recordioMagic = Buffer.from('0a23d7ce', 'hex');
const byteOrderMark = Buffer.from('efbbbf', 'hex');

/**
 * Opens the files of an epoch. Beside plain text there are lines of JSON, `{"source": "…", "label": 1}`, and records as the platform makes them of an
 * augmented manifest: the text, then its label. A label may be a list. Thrown when a line or record is something else: ClientError.
 */
export async function* textSources(channel: DataChannel, epoch: number): AsyncGenerator<ByteSource> {
  const type = channel.contentType?.type;
  if (type !== undefined && !known.includes(type)) throw new UnsupportedContentType(type, known);
  for await (const source of channel.sources(epoch)) {
    const { head, whole } = await peek(source, 4);
    if (recordioMagic.equals(head)) yield generated(whole.name, labelledRecords(whole));
    else if (type === jsonLinesType) yield generated(whole.name, labelledLines(whole));
    else {
      if (byteOrderMark.equals(head.subarray(0, 3))) await whole.read(new Uint8Array(3));
      yield whole;
    }
  }
}

async function* labelledLines(source: ByteSource): AsyncGenerator<Uint8Array> {
  let number = 0;
  for await (const line of lines(source)) {
    number++;
    if (line.trim() === '') continue;
    const place = `file ${source.name}, line ${number}`;
    const sample = parse(line, place);
    if (typeof sample !== 'object' || sample === null || !('source' in sample) || typeof sample.source !== 'string')
      throw new ClientError(`${place}: expected {"source": "…", "label": …}`);
    yield sentence('label' in sample ? sample.label : [], sample.source, place);
  }
}

async function* labelledRecords(source: ByteSource): AsyncGenerator<Uint8Array> {
  let text: string | undefined;
  for await (const frames of readFrames(source))
    for (const { payload, offset } of frames) {
      const content = Buffer.from(payload).toString();
      if (text === undefined) text = content;
      else {
        const place = `file ${source.name}, offset ${offset}`;
        yield sentence(/^\s*\[/.test(content) ? parse(content, place) : content, text, place);
        text = undefined;
      }
    }
  if (text !== undefined)
    throw new ClientError(
      `file ${source.name} ends after a text without its label: the attributes must be source and label, in this order`,
    );
}

function sentence(labels: unknown, text: string, place: string): Buffer {
  const words = (Array.isArray(labels) ? labels : [labels]).map((label: unknown) => {
    if ((typeof label !== 'string' && typeof label !== 'number') || /^\s*$|\S\s+\S/.test(String(label)))
      throw new ClientError(
        `${place}: the label ${JSON.stringify(label)} must be a number or a word, or a list of these`,
      );
    const name = String(label).trim();
    return name.startsWith(labelPrefix) ? name : labelPrefix + name;
  });
  return Buffer.from(`${[...words, text.replaceAll('\n', ' ')].join(' ')}\n`);
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ClientError(`${place} is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Longer than any sentence. */
const mostLineBytes = 16 * 2 ** 20;

/** The lines of a file that is read piece by piece. */
export async function* lines(source: ByteSource): AsyncGenerator<string> {
  const piece = new Uint8Array(262_144);
  let rest = Buffer.alloc(0);
  for (let read = -1; read !== 0;) {
    read = await source.read(piece);
    rest = Buffer.concat([rest, piece.subarray(0, read)]);
    let from = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, from)) {
      yield rest.toString('utf8', from, end);
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > mostLineBytes)
      throw new ClientError(`file ${source.name} has a line of more than ${mostLineBytes} bytes`);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

function generated(name: string, chunks: AsyncGenerator<Uint8Array>): ByteSource {
  let left: Uint8Array = new Uint8Array(0);
  return {
    name,
    read: async (into) => {
      while (left.length === 0) {
        const next = await chunks.next();
        if (next.done === true) return 0;
        left = next.value;
      }
      const piece = left.subarray(0, into.length);
      into.set(piece);
      left = left.subarray(piece.length);
      return piece.length;
    },
    // The channel closes the file below.
    close: () => Promise.resolve(),
  };
}
