/**
 * Users' own models behind Rung's model server, beside the same models under Flask + gunicorn (2 workers) and MLServer (2 parallel workers).
 *
 * Claims: scikit-learn and XGBoost models at 3x the throughput of Flask + gunicorn or more, at 1.5x that of MLServer or more and at no higher p99; ONNX
 * models at 5x Flask or more; joining requests into batches pays where a prediction costs much and a second row little.
 *
 * All servers are up; each is asked in turn, several times, over 16 kept connections with one row of CSV (MLServer: its own JSON form), so what else runs
 * on the machine meets all of them alike. `node benchmarks/model-server.ts [seconds] [turns]`; needs `wrk`.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { modelServerMain } from '@rung/worker';
import { makePythonEnvironment } from '../tools/python-environment.ts';
import { type Finding, median, report } from './report.ts';

const seconds = Number(process.argv[2] ?? 4);
const turns = Number(process.argv[3] ?? 3);
const connections = 16;
const cells = [0.5, -1.2, 3.1, 0.4, -0.6, 1.1, 2.2, -0.3];
const peers = join(import.meta.dirname, 'peers');
const bin = makePythonEnvironment('servers');
const folder = mkdtempSync(join(tmpdir(), 'rung-bench-'));
const children: ChildProcess[] = [];
const run = promisify(execFile);

interface Contender {
  readonly url: string;
  /** The wrk script with its request. */
  readonly script: string;
}

interface Load {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly failed: number;
}

type Model = 'linear' | 'forest' | 'xgboost' | 'onnx';
const titles: Readonly<Record<Model, string>> = {
  linear: 'scikit-learn logistic regression',
  forest: 'scikit-learn random forest of 100 trees',
  xgboost: 'XGBoost, 100 rounds',
  onnx: 'ONNX logistic regression',
};
const files: Readonly<Record<Model, string>> = {
  linear: 'model.joblib',
  forest: 'model.joblib',
  xgboost: 'model.json',
  onnx: 'model.onnx',
};

try {
  execFileSync(join(bin, 'python'), [join(peers, 'serving_models.py'), folder], { stdio: 'inherit' });
  const findings: Finding[] = [];
  for (const model of ['linear', 'forest', 'xgboost', 'onnx'] as const) findings.push(...(await compare(model)));
  findings.push(await batching());
  report('model-server', findings, { 'scikit-learn, xgboost, flask, gunicorn, mlserver': versions() });
} finally {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
}

async function compare(model: Model): Promise<Finding[]> {
  const flaskRatio = model === 'onnx' ? 5 : 3;
  const ours = await rung(model);
  const flask = await flaskServer(model);
  const mlserver = model === 'onnx' ? undefined : await mlserverServer(model);
  const found = await inTurn([ours, flask, ...(mlserver === undefined ? [] : [mlserver])]);
  stopAll();
  const [mine, theirs, third] = found;
  if (mine === undefined || theirs === undefined) return [];
  const findings = [against(`${titles[model]}, one row a request`, mine, theirs, 'Flask + gunicorn', flaskRatio)];
  if (third !== undefined) {
    findings.push(against(`${titles[model]}, one row a request`, mine, third, 'MLServer', 1.5));
    findings.push({
      measure: `${titles[model]}, p99`,
      ours: `${mine.p99Ms.toFixed(2)} ms`,
      peer: `${third.p99Ms.toFixed(2)} ms, MLServer`,
      ratio: mine.p99Ms / third.p99Ms,
      target: 'ratio ≤ 1.0',
      holds: mine.p99Ms <= third.p99Ms,
    });
  }
  return findings;
}

function against(measure: string, mine: Load, theirs: Load, name: string, times: number): Finding {
  const ratio = mine.perSecond / theirs.perSecond;
  return {
    measure,
    ours: `${mine.perSecond.toFixed(0)}/s (p99 ${mine.p99Ms.toFixed(1)} ms)`,
    peer: `${theirs.perSecond.toFixed(0)}/s (p99 ${theirs.p99Ms.toFixed(1)} ms), ${name}`,
    ratio,
    target: `throughput ≥ ${times}x`,
    holds: ratio >= times && mine.failed === 0,
  };
}

/** The forest again, where one prediction costs milliseconds and the next row in the same call next to nothing. */
async function batching(): Promise<Finding> {
  const [joined, single] = await inTurn([
    await rung('forest'),
    await rung('forest', { RUNG_MODEL_SERVER_MAX_BATCH: '1' }),
  ]);
  stopAll();
  if (joined === undefined || single === undefined) throw new Error('nothing was measured');
  return against('scikit-learn random forest, batching on and off', joined, single, 'batching off', 2);
}

/** Medians over the turns. */
async function inTurn(contenders: readonly Contender[]): Promise<Load[]> {
  for (const { url, script } of contenders) await wrk(url, script, 1);
  const loads: Load[][] = contenders.map(() => []);
  for (let turn = 0; turn < turns; turn += 1)
    for (const [index, { url, script }] of contenders.entries()) loads[index]?.push(await wrk(url, script, seconds));
  return loads.map((found) => ({
    perSecond: median(found.map(({ perSecond }) => perSecond)),
    p99Ms: median(found.map(({ p99Ms }) => p99Ms)),
    failed: Math.max(...found.map(({ failed }) => failed)),
  }));
}

async function rung(model: Model, environment: Record<string, string> = {}): Promise<Contender> {
  const port = await freePort();
  const name = model === 'onnx' ? 'node' : model === 'xgboost' ? 'xgboost' : 'scikit-learn';
  start(process.execPath, [modelServerMain.pathname], {
    SAGEMAKER_BASE_DIR: join(folder, model),
    SAGEMAKER_BIND_TO_PORT: String(port),
    RUNG_ENVIRONMENT: name,
    RUNG_PYTHON: join(bin, 'python'),
    ...environment,
  });
  await healthy(`http://127.0.0.1:${port}/ping`);
  return { url: `http://127.0.0.1:${port}/invocations`, script: csvScript() };
}

async function flaskServer(model: Model): Promise<Contender> {
  const port = await freePort();
  start(join(bin, 'gunicorn'), ['-w', '2', '-b', `127.0.0.1:${port}`, 'flask_server:app'], {
    MODEL: join(folder, model, 'model', files[model]),
    PYTHONPATH: peers,
  });
  await healthy(`http://127.0.0.1:${port}/`);
  return { url: `http://127.0.0.1:${port}/invocations`, script: csvScript() };
}

async function mlserverServer(model: Model): Promise<Contender> {
  const port = await freePort();
  const root = join(folder, `mlserver-${model}`);
  mkdirSync(root);
  const settings = {
    http_port: port,
    grpc_port: await freePort(),
    metrics_port: await freePort(),
    host: '127.0.0.1',
    parallel_workers: 2,
    use_structured_logging: true,
    debug: false,
  };
  const implementation = model === 'xgboost' ? 'mlserver_xgboost.XGBoostModel' : 'mlserver_sklearn.SKLearnModel';
  writeFileSync(join(root, 'settings.json'), JSON.stringify(settings));
  const uri = join(folder, model, 'model', files[model]);
  writeFileSync(
    join(root, 'model-settings.json'),
    JSON.stringify({ name: 'model', implementation, parameters: { uri } }),
  );
  start(join(bin, 'mlserver'), ['start', root], { PATH: `${bin}:${process.env['PATH']}` });
  await healthy(`http://127.0.0.1:${port}/v2/models/model/ready`);
  const input = { name: 'rows', shape: [1, cells.length], datatype: 'FP32', data: cells };
  return {
    url: `http://127.0.0.1:${port}/v2/models/model/infer`,
    script: script('mlserver', 'application/json', JSON.stringify({ inputs: [input] })),
  };
}

function csvScript(): string {
  return script('csv', 'text/csv', cells.join(','));
}

/** What wrk sends, and what it prints at its end instead of its table. */
function script(name: string, type: string, body: string): string {
  const path = join(folder, `${name}.lua`);
  writeFileSync(
    path,
    `wrk.method = "POST"
wrk.body = ${JSON.stringify(body)}
wrk.headers["content-type"] = "${type}"
done = function(s, l, r)
  local e = s.errors
  io.write(string.format('{"requests":%d,"micros":%d,"p99":%d,"failed":%d}', s.requests, s.duration, l:percentile(99), e.status + e.read + e.write + e.timeout + e.connect))
end
`,
  );
  return path;
}

async function wrk(url: string, path: string, duration: number): Promise<Load> {
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${duration}s`, '-s', path, url]);
  const { requests, micros, p99, failed } = JSON.parse(stdout.slice(stdout.lastIndexOf('{')));
  return { perSecond: (requests / micros) * 1e6, p99Ms: p99 / 1000, failed };
}

function start(program: string, argv: readonly string[], environment: Record<string, string>): void {
  const verbose = process.env['BENCH_VERBOSE'] !== undefined;
  const child = spawn(program, argv, {
    // The peers too: with a thread for every core in each of their processes they would be in their own way.
    env: { ...process.env, OMP_NUM_THREADS: '1', ...environment },
    cwd: folder,
    stdio: verbose ? 'inherit' : 'ignore',
    detached: true,
  });
  children.push(child);
}

function stopAll(): void {
  for (const { pid, exitCode } of children.splice(0)) {
    if (pid === undefined || exitCode !== null) continue;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

async function healthy(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    // Flask has no health page: that it answers is enough.
    if (status !== 0 && status < 500) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no answer from ${url} within 60 s`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

function versions(): string {
  const program =
    'import importlib.metadata as m; print(*[m.version(n) for n in ("scikit-learn", "xgboost-cpu", "flask", "gunicorn", "mlserver")])';
  return execFileSync(join(bin, 'python'), ['-c', program], { encoding: 'utf8' }).trim();
}
