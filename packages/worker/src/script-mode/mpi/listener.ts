/** `node listener.ts HOST`: the program of a host that `mpirun` of the first host starts its processes on. Runs one command, and ends as it ended. */
import { spawn } from 'node:child_process';
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type AgentLine, jobToken, type ListenerLine, mpiAddress } from './remote-command.ts';

const { address, port } = mpiAddress(process.argv[2] ?? '', process.env);
const token = Buffer.from(jobToken(process.env));
const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  void receive(socket);
});
server.listen(port, address);

async function receive(socket: Socket): Promise<void> {
  const lines = createInterface({ input: socket });
  const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string?];
  const asked = line === undefined ? undefined : parse(line);
  if (asked === undefined || !server.listening) return void socket.destroy();
  // One command is all there is to do.
  server.close();
  process.exitCode = await run(asked.command, socket);
}

/** `undefined`: it is not one of the job's own hosts that asks. */
function parse(line: string): AgentLine | undefined {
  try {
    const asked: unknown = JSON.parse(line);
    if (typeof asked !== 'object' || asked === null || !('token' in asked) || !('command' in asked)) return undefined;
    const given = Buffer.from(String(asked.token));
    const same = given.length === token.length && timingSafeEqual(given, token);
    return same ? { token: String(asked.token), command: String(asked.command) } : undefined;
  } catch {
    return undefined; // no JSON
  }
}

/** What the command writes is told to who asked for it: `mpirun` writes it to the log. */
async function run(command: string, socket: Socket): Promise<number> {
  const tell = (line: ListenerLine): void => void socket.write(`${JSON.stringify(line)}\n`);
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (output: string) => tell({ output }));
  const [code] = (await once(child, 'close')) as [number | null];
  const exitCode = code ?? 1;
  tell({ exitCode });
  socket.end();
  return exitCode;
}
