/**
 * One object of 2 GB in and out through the S3 door, beside `cp` of the same file on the same disk. Both end with the bytes flushed to the disk.
 *
 * Claims: put and get at least 0.5x as fast as `cp`; the server's resident memory grows by less than 64 MB. The server is a process of its own; the
 * client is curl, with a presigned address, and shares the machine's cores with it. Turns are interleaved, and all run within 1.5 times the object's
 * size of memory where the system allows such a limit (see memory-group.ts).
 *
 * `node benchmarks/s3-stream.ts [rounds] [megabytes]`
 */
import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presignUrl } from '@rung/wire/sigv4';
import { startS3DoorProcess } from '../packages/server/src/services/s3/testing/s3-door-process.ts';
import { limitMemory } from './memory-group.ts';
import { median, report } from './report.ts';

const CLAIM_RATIO = 0.5;
const CLAIM_GROWTH_MB = 64;
const BLOCK_BYTES = 1024 * 1024;

await compare(Number(process.argv[2] ?? 7), Number(process.argv[3] ?? 2000));

async function compare(rounds: number, megabytes: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rung-s3-stream-'));
  const source = join(folder, 'source');
  const target = join(folder, 'target');
  await writeRandom(source, megabytes * 1_000_000);
  const unlimited = limitMemory(megabytes * 1_500_000);
  if (unlimited === undefined) console.log('Memory cannot be limited here: the turns meet different machines.');
  const server = await startServer(folder);
  try {
    await send(server.url('PUT', '/object'), source);
    await receive(server.url('GET', '/object'), target);
    const idle = server.memory().now;
    const times = { cp: [] as number[], put: [] as number[], get: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      times.cp.push(await seconds(() => copy(source, target)));
      await rm(target);
      times.put.push(await seconds(async () => send(server.url('PUT', '/object'), source)));
      times.get.push(await seconds(async () => receive(server.url('GET', '/object'), target)));
      if ((await stat(target)).size !== megabytes * 1_000_000)
        throw new Error('The object came back with another size.');
      await rm(target);
      await empty(server.url('DELETE', '/object'));
    }
    const growth = (server.memory().peak - idle) / 1_000_000;
    const cp = median(times.cp);
    const ratios = { put: cp / median(times.put), get: cp / median(times.get) };
    console.log(
      `cp ${speed(megabytes, times.cp)}, put ${speed(megabytes, times.put)}, get ${speed(megabytes, times.get)}`,
    );
    report('S3 streams', [
      ...Object.entries(ratios).map(([name, ratio]) => ({
        measure: `${name} of ${(megabytes / 1000).toFixed(1)} GB, both ends flushed`,
        ours: `${(megabytes / median(times[name === 'put' ? 'put' : 'get'])).toFixed(0)} MB/s`,
        peer: `${(megabytes / median(times.cp)).toFixed(0)} MB/s, cp`,
        ratio: 1 / ratio,
        target: `at least ${CLAIM_RATIO}x as fast: ratio ≤ ${1 / CLAIM_RATIO}`,
        holds: ratio >= CLAIM_RATIO,
      })),
      {
        measure: 'growth of the server',
        ours: `${growth.toFixed(0)} MB`,
        target: `< ${CLAIM_GROWTH_MB} MB`,
        holds: growth < CLAIM_GROWTH_MB,
      },
    ]);
  } finally {
    await server.stop();
    unlimited?.();
    await rm(folder, { recursive: true });
  }
}

async function startServer(folder: string) {
  const process = startS3DoorProcess();
  const { endpoint, credentials } = await process.open(folder);
  const url = (method: string, path: string): SignedRequest => {
    const target = { method, url: new URL(`/benchmark${path}`, endpoint), headers: {} };
    return { method, url: presignUrl(target, credentials, { region: 'us-east-1', service: 's3', expiresIn: 3600 }) };
  };
  await empty(url('PUT', ''));
  return { url, memory: () => residentBytes(process.pid), stop: () => process.end() };
}

interface SignedRequest {
  method: string;
  url: URL;
}

/** `curl` is the client, as `cp` is the peer: neither pays for a runtime, so that what is compared is the door. */
async function send({ url }: SignedRequest, file: string): Promise<void> {
  await run('curl', '--fail', '--silent', '--show-error', '--header', 'Expect:', '--upload-file', file, url.href);
}

async function receive({ url }: SignedRequest, file: string): Promise<void> {
  await run('curl', '--fail', '--silent', '--show-error', '--output', file, url.href);
  await flush(file);
}

async function empty({ method, url }: SignedRequest): Promise<void> {
  const call = request(url, { method }).end();
  // Safe: what `response` comes with.
  await drain((await once(call, 'response'))[0] as IncomingMessage);
}

async function drain(answer: IncomingMessage): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece);
  if ((answer.statusCode ?? 500) >= 300) throw new Error(`${answer.statusCode}: ${Buffer.concat(pieces).toString()}`);
}

async function copy(from: string, to: string): Promise<void> {
  // Without shared blocks: those would copy nothing.
  await run('cp', ...(process.platform === 'linux' ? ['--reflink=never'] : []), from, to);
  await flush(to);
}

async function run(program: string, ...argv: string[]): Promise<void> {
  const child = spawn(program, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
}

async function writeRandom(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w');
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let left = bytes; left > 0; left -= block.length)
    await file.write(randomFillSync(block), 0, Math.min(left, block.length));
  await file.sync();
  await file.close();
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.sync();
  await file.close();
}

async function seconds(task: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await task();
  return (performance.now() - from) / 1000;
}

/** Of another process, in bytes: now, and the most so far. */
function residentBytes(pid: number): { now: number; peak: number } {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
  return { now: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 };
}

function speed(megabytes: number, times: readonly number[]): string {
  return `${(megabytes / median(times)).toFixed(0)} MB/s (${times.map((time) => time.toFixed(1)).join(' ')} s)`;
}
