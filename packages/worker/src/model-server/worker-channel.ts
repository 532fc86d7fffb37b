/** A worker's end of the framed socket; the server's end is in `frames.ts`. */
import { Socket } from 'node:net';
import { ANSWER, FrameReader, type Answer } from './frames.ts';

export interface Request {
  readonly contentType: string;
  readonly accept: string;
  readonly attributes: string;
  readonly body: Buffer;
}

export interface WorkerChannel {
  answer(answers: readonly Answer[]): void;
  tell(kind: number, message: unknown): Promise<void>;
}

const DESCRIPTOR = 3;

/** `onRequests`: a frame of requests has come. The process ends when the server has gone. */
export function openChannel(onRequests: (requests: Request[]) => void): WorkerChannel {
  const socket = new Socket({ fd: DESCRIPTOR, readable: true, writable: true });
  const reader = new FrameReader((_kind, payload) => onRequests(readRequests(payload)));
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => process.exit(0));
  return {
    answer: (answers) => writeAnswers(socket, answers),
    tell: (kind, message) =>
      new Promise((resolve) => {
        const text = Buffer.from(JSON.stringify(message));
        const head = Buffer.allocUnsafe(5);
        head.writeUInt32LE(text.length + 1, 0);
        head.writeUInt8(kind, 4);
        socket.write(Buffer.concat([head, text]), () => resolve());
      }),
  };
}

function readRequests(payload: Buffer): Request[] {
  const count = payload.readUInt16LE(0);
  const requests: Request[] = [];
  let at = 2;
  for (let index = 0; index < count; index += 1) {
    const acceptAt = at + 10 + payload.readUInt16LE(at);
    const attributesAt = acceptAt + payload.readUInt16LE(at + 2);
    const bodyAt = attributesAt + payload.readUInt16LE(at + 4);
    const end = bodyAt + payload.readUInt32LE(at + 6);
    requests.push({
      contentType: payload.toString('latin1', at + 10, acceptAt),
      accept: payload.toString('latin1', acceptAt, attributesAt),
      attributes: payload.toString('utf8', attributesAt, bodyAt),
      body: payload.subarray(bodyAt, end),
    });
    at = end;
  }
  return requests;
}

function writeAnswers(socket: Socket, answers: readonly Answer[]): void {
  let length = 3;
  for (const { contentType, body } of answers) length += 8 + contentType.length + body.length;
  const start = Buffer.allocUnsafe(7);
  start.writeUInt32LE(length, 0);
  start.writeUInt8(ANSWER, 4);
  start.writeUInt16LE(answers.length, 5);
  socket.cork();
  socket.write(start);
  for (const { status, contentType, body } of answers) {
    const head = Buffer.allocUnsafe(8 + contentType.length);
    head.writeUInt16LE(status, 0);
    head.writeUInt16LE(contentType.length, 2);
    head.writeUInt32LE(body.length, 4);
    head.write(contentType, 8, 'latin1');
    socket.write(head);
    socket.write(body);
  }
  socket.uncork();
}
