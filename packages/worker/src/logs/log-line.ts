import { isUtf8 } from 'node:buffer';

/**
 * One line of a log file: `<milliseconds since 1970> <message>\n`. In the message a backslash is written `\\`, a newline `\n` and a carriage
 * return `\r`. Bytes that are no UTF-8 become U+FFFD.
 */
export function encodeLogLine(at: number, message: Buffer): Buffer {
  const text = isUtf8(message) ? message : Buffer.from(message.toString('utf8'));
  const prefix = `${at} `;
  const needsEscape = text.includes(BACKSLASH) || text.includes(NEWLINE) || text.includes(RETURN);
  const body = needsEscape ? Buffer.from(text.toString('utf8').replace(/[\\\n\r]/g, escape)) : text;
  const line = Buffer.allocUnsafe(prefix.length + body.length + 1);
  line.write(prefix, 'latin1');
  body.copy(line, prefix.length);
  line[line.length - 1] = NEWLINE;
  return line;
}

const BACKSLASH = 92;
const NEWLINE = 10;
const RETURN = 13;

function escape(character: string): string {
  return character === '\\' ? '\\\\' : character === '\n' ? '\\n' : '\\r';
}
