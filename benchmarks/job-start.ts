/**
 * What a job costs before its first line: from CreateTrainingJob, signed and over the wire, to the moment a no-op program says something, beside the bare
 * start of the same program. And a hundred such jobs at once.
 *
 * Claims: at most the bare start + 150 ms (median of 50, interleaved); of 100 jobs queued at once all complete, and none runs twice.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Estimator, Session, TrainingJob } from '../packages/sdk/src/index.ts';
import { parseConfig, startServer } from '../packages/server/src/index.ts';
import { median, report } from './report.ts';

const pairs = 50;
const claimMs = 150;
const atOnce = 100;

const stateDir = mkdtempSync(join(tmpdir(), 'bench-job-'));
const marks = join(stateDir, 'marks');
mkdirSync(marks);
const program = ['/bin/sh', '-c', 'echo run >> "$MARK"'] as const;

const server = await startServer(
  parseConfig({ stateDir, port: 0, tlsPort: false, logLevel: 'error' }, 'The benchmark'),
);
const session = new Session({ stateDir });
const bare: number[] = [];
const ours: number[] = [];
let completed = 0;
let single = 0;
try {
  for (let pair = 0; pair <= pairs; pair++) {
    const bareMs = await untilMarked(`bare-${pair}`, async (mark) => {
      const child = spawn(program[0], program.slice(1), { env: { MARK: mark }, stdio: 'ignore' });
      await once(child, 'exit');
    });
    const oursMs = await untilMarked(`job-${pair}`, (mark) => create(`job-${pair}`, mark));
    await new TrainingJob(session, `job-${pair}`).wait({ logs: false });
    // The first pair warms up.
    if (pair > 0) {
      bare.push(bareMs);
      ours.push(oursMs);
    }
  }
  const names = Array.from({ length: atOnce }, (_, index) => `queued-${index}`);
  await Promise.all(names.map((name) => create(name, join(marks, name))));
  const ended = await Promise.all(names.map((name) => new TrainingJob(session, name).wait({ logs: false })));
  completed = ended.filter(({ TrainingJobStatus }) => TrainingJobStatus === 'Completed').length;
  single = readdirSync(marks).filter(
    (name) => name.startsWith('queued-') && readFileSync(join(marks, name), 'utf8') === 'run\n',
  ).length;
} finally {
  await server.close();
  rmSync(stateDir, { recursive: true, force: true });
}

const added = median(ours) - median(bare);
report('Job start', [
  {
    measure: `CreateTrainingJob to the first line of a no-op program, median of ${pairs}`,
    ours: `${median(ours).toFixed(0)} ms`,
    peer: `${median(bare).toFixed(0)} ms, the bare program`,
    target: `at most ${claimMs} ms more`,
    holds: added <= claimMs,
  },
  {
    measure: `${atOnce} jobs queued at once`,
    ours: `${completed} completed, ${single} ran exactly once`,
    target: `all ${atOnce}, none twice`,
    holds: completed === atOnce && single === atOnce,
  },
]);

async function create(jobName: string, mark: string): Promise<void> {
  const estimator = new Estimator({ image: 'rung/host', entrypoint: program, environment: { MARK: mark }, session });
  await estimator.fit({}, { jobName, wait: false, logs: false });
}

/** Milliseconds from the start to the moment that the program has written its mark. */
async function untilMarked(name: string, start: (mark: string) => Promise<void>): Promise<number> {
  const watcher = watch(marks);
  const marked = new Promise<number>((resolve) => {
    watcher.on('change', (_, file) => {
      if (file === name) resolve(performance.now());
    });
  });
  const from = performance.now();
  await start(join(marks, name));
  const took = (await marked) - from;
  watcher.close();
  return took;
}
