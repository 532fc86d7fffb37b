/** A program that runs beside the script, in this process's group, so that whatever ends the instance ends it too. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Launch } from './launch.ts';

export interface Beside {
  /** Ends it; `wait`: once nobody needs it any more. */
  end(wait: boolean): Promise<void>;
}

const lookMs = 1000;

export function startBeside(
  { argv: [file, ...args], until }: NonNullable<Launch['beside']>,
  cwd: string,
  environment: NodeJS.ProcessEnv,
): Beside {
  const child = spawn(file, args, { cwd, env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    // The script tells that it misses it, better than we can.
    child.once('error', () => resolve());
  });
  return {
    async end(wait) {
      if (wait && until !== undefined) await untilNobodyAnswers(until, () => child.exitCode !== null);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function untilNobodyAnswers(address: string, isOver: () => boolean): Promise<void> {
  while (!isOver() && (await answers(address))) await sleep(lookMs);
}

function answers(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    const tell = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', tell(true)).once('error', tell(false));
  });
}
