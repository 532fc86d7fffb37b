/**
 * One object of 2 GB in and out through the S3 door, beside `cp` of the same file on the same disk. Both end with the bytes flushed to the disk.
 *
 * Claims: put and get at least 0.5x as fast as `cp`; the server's resident memory grows by less than 64 MB. The server is a process of its own; the
 * client is curl, with a presigned address, and shares the machine's cores with it. Turns are interleaved, so that all meet the same machine:
 * a disk's first use of its blocks and a cold page cache can make any one of them several times slower.
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
import { createInterface } from 'node:readline';
import { presignUrl } from '@rung/wire/sigv4';
import { median, report } from './report.ts';

const CLAIM_RATIO = 0.5;
const CLAIM_GROWTH_MB = 64;
const BLOCK_BYTES = 1024 * 1024;

if (process.argv[2] === 'serve') await serve(process.argv[3] ?? tmpdir());
else await compare(Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 2000));

async function compare(rounds: number, megabytes: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rung-s3-stream-'));
  const source = join(folder, 'source');
  const target = join(folder, 'target');
  await writeRandom(source, megabytes * 1_000_000);
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
    await rm(folder, { recursive: true });
  }
}

/** The child: serves until its standard input ends. */
async function serve(folder: string): Promise<void> {
  const { openS3Door } = await import('../packages/server/src/services/s3/testing/s3-door.ts');
  const door = await openS3Door(folder);
  console.log(JSON.stringify({ endpoint: door.endpoint, ...door.credentials }));
  process.stdin.resume().on('end', () => void door.close());
}

async function startServer(folder: string) {
  const child = spawn(process.execPath, [import.meta.filename, 'serve', folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  // Safe: printed by serve() above.
  const { endpoint, ...credentials } = JSON.parse(line) as {
    endpoint: string;
    accessKeyId: string;
    secretAccessKey: string;
  };
  const url = (method: string, path: string): SignedRequest => {
    const target = { method, url: new URL(`/benchmark${path}`, endpoint), headers: {} };
    return { method, url: presignUrl(target, credentials, { region: 'us-east-1', service: 's3', expiresIn: 3600 }) };
  };
  await empty(url('PUT', ''));
  return {
    url,
    memory: () => residentBytes(child.pid ?? 0),
    async stop() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
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
