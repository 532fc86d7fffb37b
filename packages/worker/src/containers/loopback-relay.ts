/**
 * `loopback-relay.ts <unix socket> <port>`: started inside the network of a container that has no way in or out, it passes connections to the
 * socket on to the port. A socket is a file: it is reached over the file system, whatever network its two ends live in.
 */
import { connect, createServer } from 'node:net';

const [path, port] = process.argv.slice(2);
if (path === undefined || port === undefined) {
  process.stderr.write('usage: loopback-relay.ts <unix socket> <port>\n');
  process.exit(2);
}

createServer((outside) => {
  const inside = connect({ host: '127.0.0.1', port: Number(port) });
  for (const [socket, other] of [
    [outside, inside],
    [inside, outside],
  ] as const) {
    // A refusal on the far side shows as a closed connection, which is how a program that does not listen yet looks.
    socket.on('error', () => other.destroy());
    socket.on('close', () => other.destroy());
    socket.pipe(other);
  }
}).listen(path);
