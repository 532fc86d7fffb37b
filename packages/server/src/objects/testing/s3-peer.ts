/** An S3 that is not ours: moto's server, where its Python environment is installed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface S3Peer {
  readonly endpoint: string;
  /** Forgets everything: the server takes long to start, so tests share one. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** The server's program, or the reason why there is none. */
export function findS3Peer(): { readonly program: string } | { readonly missing: string } {
  const folder = fileURLToPath(new URL('../../../../../.cache/python', import.meta.url));
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^s3-peer-[0-9a-f]+$/.test(name)) : [];
  const program = names.map((name) => join(folder, name, 'bin/moto_server')).find((file) => existsSync(file));
  return program === undefined
    ? { missing: 'the Python environment "s3-peer" is not installed: run `node tools/python-environment.ts s3-peer`' }
    : { program };
}

export async function openS3Peer(program: string): Promise<S3Peer> {
  const server = spawn(program, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(server, 'exit');
  let said = '';
  for await (const line of createInterface({ input: server.stderr })) {
    said += `${line}\n`;
    const [, endpoint] = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line) ?? [];
    if (endpoint === undefined) continue;
    // Its log of requests is read and thrown away, so that it never waits for a reader.
    server.stderr.resume();
    return {
      endpoint,
      reset: async () => {
        const answer = await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' });
        await answer.body?.cancel();
      },
      close: async () => {
        server.kill('SIGKILL');
        await ended;
      },
    };
  }
  throw new Error(`the S3 peer ended before it listened: ${said}`);
}
