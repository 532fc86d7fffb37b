/**
 * CPU time of a signed invocation in the front door alone: socket, HTTP, signature, hash of the body, and an answer that costs nothing.
 * The load comes from wrk, on 16 connections. Node's own server with the same answer and no signature stands beside it.
 *
 * Claim: 5,000 signed requests a second take less than half of a core, i.e. at most 100 µs each.
 *
 * `node benchmarks/front-door.ts [seconds] [rounds]`
 */
import { report } from './report.ts';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { signRequest } from '@rung/wire';
import { openFrontDoor } from '../packages/server/src/front-door/testing/open-front-door.ts';

const CLAIM_US = 100;
const seconds = Number(process.argv[2] ?? 5);
const rounds = Number(process.argv[3] ?? 3);
const run = promisify(execFile);
const answer = Buffer.from('{"predictions":[{"score":0.5}]}');

function respond(response: ServerResponse): void {
  response.writeHead(200, ['content-type', 'application/json', 'content-length', String(answer.length)]);
  response.end(answer);
}

const closing: (() => Promise<void>)[] = [];
const door = await openFrontDoor(
  { after: (close) => void closing.push(close) },
  { logLevel: 'info', invocations: { handle: (_request, response) => respond(response) } },
);
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
    times['front door'].push(await load(new URL('/endpoints/iris/invocations', door.http.url)));
  }
} finally {
  for (const close of closing) await close();
  bare.close().closeAllConnections();
}
const [plain, signed] = [median(times['node:http']), median(times['front door'])];
report('Front door', [
  {
    measure: 'a signed invocation in the front door, trivial handler',
    ours: `${signed.toFixed(1)} µs CPU`,
    peer: `${plain.toFixed(1)} µs, bare node:http`,
    ratio: signed / plain,
    target: `≤ ${CLAIM_US} µs`,
    holds: signed <= CLAIM_US,
  },
]);

/** Microseconds of this process per request. */
async function load(url: URL): Promise<number> {
  const body = '5.1,3.5,1.4,0.2';
  const headers = signRequest({ method: 'POST', url, headers: { 'content-type': 'text/csv' }, body }, door.key, {
    region: 'us-east-1',
    service: 'sagemaker',
  });
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers["${name}"] = "${value}"`);
  const script = join(door.stateDir, 'load.lua');
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = "${body}"\n${lines.join('\n')}\n`);
  const from = process.cpuUsage();
  const { stdout } = await run('wrk', ['-t1', '-c16', `-d${seconds}s`, '-s', script, url.href]);
  const { user, system } = process.cpuUsage(from);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  if (/Non-2xx/.test(stdout) || !(requests > 0)) throw new Error(`wrk did not get good answers:\n${stdout}`);
  return (user + system) / requests;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
