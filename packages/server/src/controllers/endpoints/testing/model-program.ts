/** A user's model server, as a program of the machine: answers its own process id, and obeys a few words. */
import { createServer } from 'node:http';

const { SAGEMAKER_BIND_TO_PORT: port, MODE: mode } = process.env;
if (mode === 'broken') {
  process.stderr.write('ImportError: no module named model\n');
  process.exit(3);
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const [word = '', number = '0'] = Buffer.concat(parts).toString().split(' ');
    if (word === 'crash') process.exit(1);
    if (word === 'refuse') response.statusCode = 400;
    setTimeout(() => response.end(word === 'refuse' ? 'not like this' : `${mode} ${process.pid}`), Number(number));
  });
});
server.listen(Number(port), '127.0.0.1');
// A request under way is answered before the program ends.
process.on('SIGTERM', () => server.close(() => process.exit(0)));
