/**
 * `node launch-agent.ts HOST COMMAND …`: what `mpirun` calls in the place of ssh. Runs the command on another host of the job, where a listener waits
 * for it, and ends as it ended.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentLine, jobToken, type ListenerLine, mpiAddress, type MpiAddress } from './remote-command.ts';

/** The other host may still be installing what its script needs. */
const WAIT_MS = 600_000;
const RETRY_MS = 100;

const [host = '', ...command] = process.argv.slice(2);
const socket = await reach(mpiAddress(host, process.env));
const asked: AgentLine = { token: jobToken(process.env), command: command.join(' ') };
socket.write(`${JSON.stringify(asked)}\n`);
let exitCode = 1;
for await (const line of createInterface({ input: socket })) {
  // Safe: what the listener writes.
  const told = JSON.parse(line) as ListenerLine;
  if ('output' in told) process.stdout.write(told.output);
  else exitCode = told.exitCode;
}
process.exitCode = exitCode;

async function reach({ address, port }: MpiAddress): Promise<Socket> {
  for (const until = Date.now() + WAIT_MS; ;) {
    const attempt = connect({ host: address, port });
    try {
      await once(attempt, 'connect');
      return attempt;
    } catch (error) {
      attempt.destroy();
      if (Date.now() > until) throw error;
      await sleep(RETRY_MS);
    }
  }
}
