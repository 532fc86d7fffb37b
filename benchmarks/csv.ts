/**
 * Numeric CSV to 32-bit rows in memory: 400,000 lines of 30 numbers with six decimals, and 100,000 lines of 17 digits.
 *
 * Claim: at least five times as fast as `pandas.read_csv(file, header=None)` with its default parser, with or without `dtype=float32`, whichever is
 * faster; pandas' `engine="pyarrow"` is printed beside. Ours is the whole way of a training channel: the file read, every number rounded exactly, and the
 * rows kept in batches. All use what the machine offers: pandas' default parser is one thread, pyarrow and ours are as many as there are processors.
 * The page cache is warm for all, runs alternate, and the first of each does not count.
 */
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchedData } from '../packages/algorithms/src/data/batched-data.ts';
import { openFile } from '../packages/algorithms/src/formats/byte-source.ts';
import { readCsv } from '../packages/algorithms/src/formats/csv-reader.ts';
import { openKernels } from '../packages/algorithms/src/kernels/kernels.ts';
import { dataChannel } from '../packages/algorithms/src/program/data-channel.ts';
import { Random } from '../packages/algorithms/src/random.ts';
import { PythonPeer } from './peers/python-peer.ts';
import { median, report, type Finding } from './report.ts';

const columns = 30;
const runs = 7;
const folder = mkdtempSync(join(tmpdir(), 'bench-csv-'));
const kernels = openKernels();
const random = new Random(1);
const findings: Finding[] = [];
let versions: Record<string, string> = {};
try {
  await compare('six-decimals', 400_000, () => (random.normal() * 100).toFixed(6));
  await compare('17-digits', 400_000, () => String(random.normal()));
} finally {
  await kernels.close();
  rmSync(folder, { recursive: true });
}
report('CSV', findings, versions);

interface Cost {
  readonly seconds: number;
  /** Of processor time, of all threads. */
  readonly processor: number;
}

async function compare(what: string, lines: number, number: () => string): Promise<void> {
  // A channel is a folder.
  mkdirSync(join(folder, what));
  const file = join(folder, what, 'numbers.csv');
  const megabytes = (await write(file, lines, number)) / 1e6;
  const peer = new PythonPeer('numeric_csv.py', [file], 'peers');
  versions = await peer.versions();
  const costs = { ours: [] as Cost[], default: [] as Cost[], float32: [] as Cost[], pyarrow: [] as Cost[] };
  let peerSum = 0;
  for (let run = 0; run <= runs; run++) {
    const ours = await keepRows(what, lines);
    const others = {
      default: await peer.run('default'),
      float32: await peer.run('float32'),
      pyarrow: await peer.run('pyarrow'),
    };
    peerSum = Number(others.default['sum']);
    if (run === 0) continue;
    costs.ours.push(ours);
    for (const way of ['default', 'float32', 'pyarrow'] as const) {
      costs[way].push({ seconds: Number(others[way]['seconds']), processor: Number(others[way]['processor']) });
    }
  }
  await peer.close();
  const sum = await sumOfDoubles(file);
  const middle = (way: readonly Cost[]): number => median(way.map(({ seconds }) => seconds));
  const said = (way: readonly Cost[]): string => {
    const processor = (1000 * median(way.map((cost) => cost.processor))).toFixed(0);
    return `${(megabytes / middle(way)).toFixed(0)} MB/s (${processor} ms of processor time)`;
  };
  const fastest = middle(costs.default) < middle(costs.float32) ? costs.default : costs.float32;
  const ratio = middle(costs.ours) / middle(fastest);
  findings.push(
    {
      measure: `${lines.toLocaleString('en')} lines of ${columns} numbers, ${what.replace('-', ' ')}`,
      ours: said(costs.ours),
      peer: `${said(fastest)}, pandas; ${said(costs.pyarrow)}, pandas with pyarrow`,
      ratio,
      target: 'ratio ≤ 0.2',
      holds: ratio <= 0.2,
    },
    {
      measure: `sum of the doubles, ${what.replace('-', ' ')}`,
      ours: String(sum),
      peer: `${peerSum} (pandas)`,
      target: 'equal but for the order of additions',
      holds: Math.abs(sum - peerSum) / Math.abs(peerSum) < 1e-9,
    },
  );
}

/** Reads a channel of one file as an algorithm does, all rows of it in memory at the end. */
async function keepRows(what: string, lines: number): Promise<Cost> {
  const channel = dataChannel(what, { ContentType: 'text/csv' }, folder);
  const processor = process.cpuUsage();
  const started = performance.now();
  const data = new BatchedData(channel, kernels, { labelSize: 0, batchRows: 65_536, keep: true });
  let rows = 0;
  for await (const batch of data.epoch()) rows += batch.rows;
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(processor);
  data.release();
  if (rows !== lines) throw new Error(`${rows} rows were read of ${lines}`);
  return { seconds, processor: (user + system) / 1e6 };
}

async function sumOfDoubles(file: string): Promise<number> {
  const source = await openFile(file);
  let sum = 0;
  for await (const block of readCsv(source, kernels, { labelSize: 0, element: 'float64' })) {
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
