/**
 * `npm run chaos [-- --kills 200 --jobs 20 --seed N]`: kills the control plane with SIGKILL at random instants while training jobs run and an endpoint is
 * under load, and proves that nothing acknowledged was lost, nothing ran twice, and nothing is left. Ends with 1, and the line that repeats the run, when
 * something was not as it must be.
 */
import { parseArgs } from 'node:util';
import { type ChaosResult, runChaos } from './chaos/run-chaos.ts';
import { describeError } from './chaos/clients.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    kills: { type: 'string', default: '200' },
    jobs: { type: 'string', default: '20' },
    'limit-seconds': { type: 'string', default: '600' },
  },
});
const seed = wholeNumber('seed', values.seed);
const kills = wholeNumber('kills', values.kills);
const jobs = wholeNumber('jobs', values.jobs);
const limitSeconds = wholeNumber('limit-seconds', values['limit-seconds']);
if (process.platform !== 'linux') fail('npm run chaos finds processes through /proc, so it runs on Linux only.');

const live = process.stderr.isTTY;
process.stdout.write(`chaos: seed ${seed}, ${kills} kills, ${jobs} jobs in flight\n`);
try {
  const result = await runChaos({
    seed,
    kills,
    jobs,
    limitSeconds,
    onProgress: live ? showLive : showSometimes,
  });
  if (live) process.stderr.write('\r\x1b[K');
  summarize(result);
  if (result.findings.length > 0) failRun();
  process.stdout.write('chaos: everything is as it must be\n');
} catch (error) {
  process.stdout.write(`chaos: the run broke off: ${describeError(error)}\n`);
  failRun();
}

function showLive(line: string): void {
  process.stderr.write(`\r\x1b[K${line}`);
}

/** For a log, where a line cannot be written over. */
function showSometimes(line: string): void {
  if (/^\d*[05]0\//.test(line)) process.stdout.write(`${line}\n`);
}

function summarize({
  kills: done,
  killsWhileStarting,
  counts,
  workersKilled,
  churned,
  invocations,
  slowestStartMs,
  seconds,
  findings,
}: ChaosResult): void {
  const statuses = Object.entries(counts.byStatus).map(([status, count]) => `${count} ${status}`);
  process.stdout.write(
    `${done} kills in ${seconds} s, ${killsWhileStarting} of them during a start; slowest start ${slowestStartMs} ms\n` +
      `beside them ${workersKilled} workers of jobs were killed, and ${churned} endpoints came, were updated and went\n` +
      `jobs: ${counts.acknowledged} acknowledged, ${counts.unacknowledged} without an answer and made, ${counts.never} without an answer and never made; ${statuses.join(', ')}\n` +
      `invocations: ${invocations.answered} answered, ${invocations.missed} while the control plane was down\n`,
  );
  for (const finding of findings.slice(0, 40)) process.stdout.write(`WRONG: ${finding}\n`);
  if (findings.length > 40) process.stdout.write(`and ${findings.length - 40} more\n`);
}

function failRun(): never {
  return fail(`chaos: failed. Repeat with: npm run chaos -- --seed ${seed} --kills ${kills} --jobs ${jobs}`);
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) fail(`--${name} takes a whole number, not "${text}"`);
  return Number(text);
}

function fail(message: string): never {
  process.stdout.write(`${message}\n`);
  process.exit(1);
}
