/**
 * Signed invocations of an endpoint through the whole platform, against the same requests sent straight to the instance.
 *
 * Claims: at least 5,000 signed invocations a second on one core of the control plane with p99 ≤ 10 ms at 16 connections; the platform adds at most
 * 0.5 ms to the median of a single connection. The instance and the load generator use other cores, so a machine with two cores shows less of the
 * first figure than the control plane could do: the CPU time per request is printed beside it.
 *
 * `node benchmarks/gateway.ts [seconds] [linear-learner|kmeans]`; needs `wrk`.
 */
import { execFile } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { signRequest } from '@rung/wire/sigv4';
import { median, report } from './report.ts';
import { row, startPlatform, trainedModel, type BenchmarkPlatform } from './serving/platform.ts';

const seconds = Number(process.argv[2] ?? 10);
const algorithm = process.argv[3] === 'kmeans' ? 'kmeans' : 'linear-learner';
const body = row(1).join(',');
const run = promisify(execFile);

/** What wrk prints at its end, instead of its table. */
const summary = `done = function(s, l, r)
  local e = s.errors
  io.write(string.format('{"requests":%d,"micros":%d,"p50":%d,"p99":%d,"failed":%d}', s.requests, s.duration, l:percentile(50), l:percentile(99), e.status + e.read + e.write + e.timeout + e.connect))
end
`;

const platform = await startPlatform();
try {
  const model = await trainedModel(platform.session, algorithm);
  await model.deploy({ endpointName: 'bench' });
  const throughput = await load(16);
  const added = await addedLatency();
  tell(throughput, added);
} finally {
  await platform.close();
}

interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
  readonly cpuMicros: number;
}

async function load(connections: number): Promise<Load> {
  const script = join(import.meta.dirname, '..', `.bench-${process.pid}.lua`);
  const url = new URL('/endpoints/bench/invocations', platform.endpoint);
  const lines = Object.entries(signedHeaders(url)).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = ${JSON.stringify(body)}\n${lines.join('\n')}\n${summary}`);
  const wrk = async (duration: number): Promise<Record<string, number>> => {
    const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${duration}s`, '-s', script, url.href]);
    return JSON.parse(stdout.slice(stdout.lastIndexOf('{')));
  };
  try {
    await wrk(2); // compiled code
    const before = platform.cpuSeconds();
    const { requests = 0, micros = 1, p50 = 0, p99 = 0, failed = 0 } = await wrk(seconds);
    const cpu = platform.cpuSeconds() - before;
    return {
      perSecond: (requests / micros) * 1e6,
      p50Ms: p50 / 1000,
      p99Ms: p99 / 1000,
      failed,
      cpuMicros: (cpu / requests) * 1e6,
    };
  } finally {
    await run('rm', ['-f', script]);
  }
}

/** Medians in milliseconds. */
interface Pair {
  readonly direct: number;
  readonly through: number;
}

/** One request after the other, turn and turn about: through the platform, and straight to the instance's socket. */
async function addedLatency(): Promise<Pair> {
  const url = new URL('/endpoints/bench/invocations', platform.endpoint);
  const straight = await connection({ path: instanceSocket(platform) }, '/invocations', {
    'content-type': 'text/csv',
    host: 'localhost',
  });
  const through = await connection({ host: url.hostname, port: Number(url.port) }, url.pathname, {
    ...signedHeaders(url),
    host: url.host,
  });
  const times = { direct: [] as number[], through: [] as number[] };
  for (let pair = 0; pair < 6000; pair += 1) {
    const direct = await straight.post();
    const whole = await through.post();
    if (pair < 1000) continue; // compiled code
    times.direct.push(direct);
    times.through.push(whole);
  }
  straight.close();
  through.close();
  return { direct: median(times.direct), through: median(times.through) };
}

function signedHeaders(url: URL): Record<string, string> {
  const { credentials, region } = platform.session.connection;
  return signRequest({ method: 'POST', url, headers: { 'content-type': 'text/csv' }, body }, credentials, {
    region,
    service: 'sagemaker',
  });
}

interface Kept {
  /** Answers the milliseconds that one request took. */
  post(): Promise<number>;
  close(): void;
}

function connection(
  target: { path: string } | { host: string; port: number },
  path: string,
  headers: Record<string, string>,
): Promise<Kept> {
  const head = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const request = `POST ${path} HTTP/1.1\r\n${head}content-length: ${body.length}\r\n\r\n${body}`;
  const socket = connect({ ...target, noDelay: true });
  return new Promise((ready, refused) => {
    socket.once('error', refused);
    socket.once('connect', () =>
      ready({
        close: () => socket.destroy(),
        post: () =>
          new Promise((resolve, reject) => {
            const from = performance.now();
            let text = '';
            const onData = (data: Buffer): void => {
              text += data.toString('latin1');
              const end = text.indexOf('\r\n\r\n');
              const length = /content-length: (\d+)/i.exec(text)?.[1];
              if (end < 0 || length === undefined || text.length < end + 4 + Number(length)) return;
              socket.off('data', onData);
              if (text.startsWith('HTTP/1.1 200')) resolve(performance.now() - from);
              else reject(new Error(text));
            };
            socket.on('data', onData);
            socket.write(request);
          }),
      }),
    );
  });
}

/** The one unix socket below the platform's folder is that of the one instance. */
function instanceSocket({ stateDir }: BenchmarkPlatform): string {
  const [path] = globSync(join(stateDir, '**/*.sock'));
  if (path === undefined) throw new Error('The instance has no socket.');
  return path;
}

function tell({ perSecond, p50Ms, p99Ms, failed, cpuMicros }: Load, { direct, through }: Pair): void {
  const measure = `signed invocations of ${algorithm}, 16 connections`;
  const added = through - direct;
  report('gateway', [
    {
      measure: `${measure}, all processes on this machine`,
      ours: `${perSecond.toFixed(0)}/s (p50 ${p50Ms.toFixed(2)} ms, ${failed} failed)`,
      target: '≥ 5,000/s, none failed',
      holds: perSecond >= 5000 && failed === 0,
    },
    { measure: `${measure}, p99`, ours: `${p99Ms.toFixed(2)} ms`, target: '≤ 10 ms', holds: p99Ms <= 10 },
    {
      measure: `${measure}, CPU of the control plane`,
      ours: `${cpuMicros.toFixed(0)} µs each, ${(1e6 / cpuMicros).toFixed(0)}/s on a core of its own`,
      target: '≥ 5,000/s on one core',
      holds: !(1e6 / cpuMicros < 5000),
    },
    {
      measure: 'latency added to one connection, p50',
      ours: `${added.toFixed(3)} ms (${through.toFixed(3)} ms through the platform)`,
      peer: `${direct.toFixed(3)} ms straight to the instance`,
      target: '≤ 0.5 ms added',
      holds: added <= 0.5,
    },
  ]);
}
