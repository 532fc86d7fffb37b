/**
 * Numeric CSV to 32-bit rows in memory: 400,000 lines of 30 numbers with six decimals, and 100,000 lines of 17 digits.
 *
 * Claim: at least five times as fast as pandas' default parser, while rounding every number exactly as pandas' `round_trip` parser does.
 */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFile } from '../packages/algorithms/src/formats/byte-source.ts';
import { readCsv } from '../packages/algorithms/src/formats/csv-reader.ts';
import { openKernels } from '../packages/algorithms/src/kernels/kernels.ts';
import { Random } from '../packages/algorithms/src/random.ts';
import { PythonPeer } from './peers/python-peer.ts';
import { median, report, type Finding } from './report.ts';

const columns = 30;
const runs = 5;
const folder = mkdtempSync(join(tmpdir(), 'bench-csv-'));
const kernels = openKernels();
const random = new Random(1);
const findings: Finding[] = [];
let versions: Record<string, string> = {};
try {
  await compare('six decimals', 400_000, () => (random.normal() * 100).toFixed(6));
  await compare('17 digits', 100_000, () => String(random.normal()));
} finally {
  await kernels.close();
  rmSync(folder, { recursive: true });
}
report('CSV', findings, versions);

async function compare(what: string, lines: number, number: () => string): Promise<void> {
  const file = join(folder, 'numbers.csv');
  const megabytes = (await write(file, lines, number)) / 1e6;
  const peer = new PythonPeer('numeric_csv.py', [file]);
  versions = await peer.versions();
  const seconds = { ours: [] as number[], fast: [] as number[], exact: [] as number[] };
  const sums = { ours: 0, exact: 0 };
  for (let run = 0; run <= runs; run++) {
    const started = performance.now();
    await read(file, 'float32');
    const ours = (performance.now() - started) / 1000;
    const fast = Number((await peer.run('fast'))['seconds']);
    const exact = await peer.run('exact');
    sums.exact = Number(exact['sum']);
    // The first run of each warms up.
    if (run === 0) continue;
    seconds.ours.push(ours);
    seconds.fast.push(fast);
    seconds.exact.push(Number(exact['seconds']));
  }
  sums.ours = await read(file, 'float64');
  await peer.close();
  const rate = (times: readonly number[]): string => `${(megabytes / median(times)).toFixed(0)} MB/s`;
  const ratio = median(seconds.ours) / median(seconds.fast);
  const difference = Math.abs(sums.ours - sums.exact) / Math.abs(sums.exact);
  findings.push(
    {
      measure: `${lines.toLocaleString('en')} lines of ${columns} numbers, ${what}`,
      ours: rate(seconds.ours),
      peer: `${rate(seconds.fast)} (pandas), ${rate(seconds.exact)} (pandas round_trip)`,
      ratio,
      target: 'ratio ≤ 0.2',
      holds: ratio <= 0.2,
    },
    {
      measure: `sum of the doubles, ${what}`,
      ours: String(sums.ours),
      peer: `${sums.exact} (pandas round_trip)`,
      target: 'equal but for the order of additions',
      holds: difference < 1e-9,
    },
  );
}

async function read(file: string, element: 'float32' | 'float64'): Promise<number> {
  const source = await openFile(file);
  let sum = 0;
  for await (const block of readCsv(source, kernels, { labelSize: 0, element })) {
    if (element === 'float32') continue;
    for (const value of kernels.heap.viewFloat64(block.values, block.rows * block.stride)) sum += value;
  }
  await source.close();
  return sum;
}

async function write(file: string, lines: number, number: () => string): Promise<number> {
  const stream = createWriteStream(file);
  for (let line = 0; line < lines; line += 1000) {
    const rows = Array.from({ length: 1000 }, () => Array.from({ length: columns }, number).join(','));
    if (!stream.write(`${rows.join('\n')}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
  return stream.bytesWritten;
}
