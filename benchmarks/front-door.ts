/**
 * CPU time of a signed invocation in the front door alone: socket, HTTP, signature, hash of the body, and an answer that costs nothing.
 * The load comes from wrk, on 16 connections. Node's own server with the same answer and no signature stands beside it.
 *
 * Claim: 5,000 signed requests a second take less than half of a core, i.e. at most 100 µs each.
 *
 * `node benchmarks/front-door.ts [seconds] [rounds]`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signRequest } from '@rung/wire';
import { pino } from 'pino';
import { wallClock } from '../packages/server/src/clock.ts';
import { parseConfig } from '../packages/server/src/config.ts';
import { createFrontDoor } from '../packages/server/src/front-door/front-door.ts';
import { openAccessKeys } from '../packages/server/src/secrets/access-keys.ts';

const CLAIM_US = 100;
const seconds = Number(process.argv[2] ?? 5);
const rounds = Number(process.argv[3] ?? 3);
const answer = Buffer.from('{"predictions":[{"score":0.5}]}');
const folder = mkdtempSync(join(tmpdir(), 'rung-bench-'));

function respond(response: ServerResponse): void {
  response.writeHead(200, ['content-type', 'application/json', 'content-length', String(answer.length)]);
  response.end(answer);
}

const keys = await openAccessKeys(folder);
const config = parseConfig({ stateDir: folder, port: 0, tlsPort: false }, 'the benchmark');
const door = createFrontDoor(
  { config, keys, clock: wallClock, logger: pino({ level: 'info' }, pino.destination(2)) },
  [],
  {
    invocations: { handle: (_request, response) => respond(response) },
  },
);
const { http } = await door.listen();
const bare = createServer((request, response) =>
  request.on('data', () => undefined).on('end', () => respond(response)),
).listen(0, '127.0.0.1');
await once(bare, 'listening');

const times = { 'node:http': [] as number[], 'front door': [] as number[] };
try {
  for (let round = 0; round < rounds; round += 1) {
    // Safe: it listens on a port.
    times['node:http'].push(
      await load(new URL(`http://127.0.0.1:${(bare.address() as AddressInfo).port}/endpoints/iris/invocations`)),
    );
    times['front door'].push(await load(new URL('/endpoints/iris/invocations', http.url)));
  }
} finally {
  await door.close(0);
  bare.close().closeAllConnections();
  rmSync(folder, { recursive: true });
}
const [plain, signed] = [median(times['node:http']), median(times['front door'])];
console.log(
  `bare node:http ${plain.toFixed(1)} µs, front door ${signed.toFixed(1)} µs CPU a request (ratio ${(signed / plain).toFixed(2)})`,
);
console.log(`at most ${CLAIM_US} µs a signed request: ${signed <= CLAIM_US ? 'holds' : 'FAILS'}`);
process.exitCode = signed <= CLAIM_US ? 0 : 1;

/** Microseconds of this process per request. */
async function load(url: URL): Promise<number> {
  const body = '5.1,3.5,1.4,0.2';
  const headers = signRequest({ method: 'POST', url, headers: { 'content-type': 'text/csv' }, body }, keys.first(), {
    region: 'us-east-1',
    service: 'sagemaker',
  });
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers["${name}"] = "${value}"`);
  const script = join(folder, 'load.lua');
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = "${body}"\n${lines.join('\n')}\n`);
  const from = process.cpuUsage();
  const wrk = spawn('wrk', ['-t1', '-c16', `-d${seconds}s`, '-s', script, url.href]);
  let output = '';
  wrk.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(wrk, 'close');
  const { user, system } = process.cpuUsage(from);
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  if (/Non-2xx/.test(output) || !(requests > 0)) throw new Error(`wrk did not get good answers:\n${output}`);
  return (user + system) / requests;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
