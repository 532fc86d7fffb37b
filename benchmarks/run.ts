/**
 * `npm run bench [-- name …]`: runs the benchmarks one after another, each beside its peer, and writes what they found to `benchmarks/RESULTS.md` with
 * date, machine and versions. With names, only those run, and the page keeps what it says of the others.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import type { Finding } from './report.ts';

interface Outcome {
  readonly benchmark: string;
  readonly findings: readonly Finding[];
  readonly versions: Readonly<Record<string, string>>;
}

interface Section {
  readonly benchmark: string;
  readonly text: string;
}

const folder = import.meta.dirname;
const page = join(folder, 'RESULTS.md');
const infrastructure = new Set(['run', 'report', 'memory-group', 'training-program']);
const all = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => basename(name, '.ts'))
  .filter((name) => !infrastructure.has(name))
  .sort();

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${all.join(', ')}`);
  process.exit(1);
}

const sections = new Map<string, string>(readPage().map(({ benchmark, text }) => [benchmark, text]));
for (const name of asked.length > 0 ? asked : all) {
  console.log(`\n== ${name}`);
  for (const outcome of runBenchmark(name)) sections.set(outcome.benchmark, format(name, outcome));
}
writeFileSync(
  page,
  `${heading()}\n${[...sections.keys()]
    .sort()
    .map((name) => sections.get(name))
    .join('\n')}`,
);

function runBenchmark(name: string): Outcome[] {
  const scratch = mkdtempSync(join(tmpdir(), 'bench-'));
  const file = join(scratch, 'findings.jsonl');
  try {
    const run = spawnSync(process.execPath, [join(folder, `${name}.ts`)], {
      stdio: 'inherit',
      env: { ...process.env, RUNG_BENCH_FINDINGS: file },
    });
    if (run.status !== 0) process.exitCode = 1;
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Outcome);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function format(script: string, { benchmark, findings, versions }: Outcome): string {
  const rows = findings.map(
    ({ measure, ours, peer, ratio, target, holds }) =>
      `| ${measure} | ${ours} | ${peer ?? ''} | ${ratio?.toFixed(2) ?? ''} | ${target} | ${holds ? 'holds' : '**missed**'} |`,
  );
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const when = [new Date().toISOString().slice(0, 10), `Node ${process.versions.node}`, ...named].join(', ');
  return `## ${benchmark}\n\n\`node benchmarks/${script}.ts\` · ${when}\n\n| measured | ours | peer | ratio | claim | |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

function heading(): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`;
  return `# Results

Written by \`npm run bench\`. Ours and the peer run in one process tree, interleaved; numbers are medians, ratios are ours divided by the peer's (below 1 is faster).
The machine is shared and noisy: ratios say more than times. Last run on ${machine}.
`;
}

/** What the page says so far, by benchmark. */
function readPage(): Section[] {
  let text: string;
  try {
    text = readFileSync(page, 'utf8');
  } catch {
    return []; // The first run.
  }
  return text
    .split(/^(?=## )/m)
    .slice(1)
    .map((section) => ({ benchmark: /^## (.+)$/m.exec(section)?.[1] ?? '', text: `${section.trimEnd()}\n` }));
}
