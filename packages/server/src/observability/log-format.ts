/**
 * How a log file looks, for everybody who appends to one. The worker beside a program writes the same format by itself (it imports no
 * server code), so a change here is a change there.
 *
 * One event a line: `<milliseconds since 1970> <message>\n`. In the message a backslash is written `\\`, a newline `\n` and a carriage
 * return `\r`. A writer opens the file with O_APPEND and writes whole lines, so that several may share it; a last line without its newline
 * is still being written and is not read. A line longer than {@link MAX_LINE_BYTES}, which holds the 1 MiB that PutLogEvents allows even if every
 * byte is escaped, is read in pieces.
 */
export const MAX_LINE_BYTES = 2 * 1024 * 1024 + 64;

/** The line of one event, with its newline. */
export function encodeLogLine(timestamp: number, message: string): string {
  return `${timestamp} ${message.replace(/[\\\n\r]/g, escape)}\n`;
}

/** The event of one line, without its newline. The time is undefined when the line does not begin with one: it is then all message. */
export function decodeLogLine(line: Buffer): { timestamp: number | undefined; message: string } {
  const timestamp = readTimestamp(line);
  const text = line.toString('utf8', timestamp === undefined ? 0 : line.indexOf(SPACE) + 1);
  return { timestamp, message: text.includes('\\') ? text.replace(/\\(.)/g, unescape) : text };
}

/** Reads the time only, without making a string: searching by time passes over many lines. */
export function readTimestamp(line: Buffer): number | undefined {
  let timestamp = 0;
  for (let index = 0; index <= MAX_DIGITS; index += 1) {
    const byte = line[index];
    if (byte === SPACE) return index > 0 ? timestamp : undefined;
    if (byte === undefined || byte < ZERO || byte > NINE) return undefined;
    timestamp = timestamp * 10 + (byte - ZERO);
  }
  return undefined;
}

const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
/** The largest date that JavaScript knows has 16 digits; 15 keep every sum exact. */
const MAX_DIGITS = 15;

function escape(character: string): string {
  if (character === '\\') return '\\\\';
  return character === '\n' ? '\\n' : '\\r';
}

function unescape(whole: string, character: string): string {
  if (character === 'n') return '\n';
  if (character === 'r') return '\r';
  return character === '\\' ? '\\' : whole;
}
