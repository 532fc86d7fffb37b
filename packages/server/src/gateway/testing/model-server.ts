/** A model server for tests, as a process of its own: what it answers is said in the request. `node model-server.ts <address> <name>` */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseInstanceAddress } from '../instance-address.ts';

const [address = '', name = ''] = process.argv.slice(2);

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => answer(request, response, Buffer.concat(parts).toString('latin1')));
});

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const [command = '', ...rest] = body.split(' ');
  const text = rest.join(' ');
  switch (command) {
    case 'echo':
      response.setHeader('Content-Type', request.headers['content-type'] ?? 'text/plain');
      response.end(text);
      return;
    case 'name':
      response.end(name);
      return;
    case 'headers':
      response.setHeader('Content-Type', 'application/json');
      response.setHeader('X-Amzn-SageMaker-Custom-Attributes', 'trace=7');
      response.setHeader('X-Private', 'stays here');
      response.end(JSON.stringify(request.headers));
      return;
    case 'status':
      response.statusCode = Number(rest[0]);
      response.end(rest.slice(1).join(' '));
      return;
    case 'wait':
      setTimeout(() => response.end(name), Number(text));
      return;
    case 'hang':
      return;
    case 'parts':
      for (const part of rest) response.write(part);
      response.end();
      return;
    case 'half':
      response.write('half of it');
      setTimeout(() => process.exit(1), 20);
      return;
    case 'big':
      response.end(Buffer.alloc(Number(text), 'x'));
      return;
    case 'garbage':
      request.socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n');
      return;
    case 'drop':
      request.socket.destroy();
      return;
    case 'crash':
      process.exit(1);
  }
  response.end();
}

server.listen(listenOptions(), () => process.stdout.write('listening\n'));
// Ends with the test, also when that was killed.
process.stdin.on('end', () => process.exit(0)).resume();

function listenOptions(): { path: string } | { host: string; port: number } {
  const target = parseInstanceAddress(address);
  return 'path' in target ? { path: target.path } : { host: '127.0.0.1', port: target.port };
}
