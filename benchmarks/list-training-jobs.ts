/** ListTrainingJobs over 100,000 remembered jobs: every filter and order a client can ask for. Target: p99 of 50 ms or less. */
import { report } from './report.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openDatabase } from '../packages/server/src/store/sqlite/database.ts';
import { storeMigrations } from '../packages/server/src/store/sqlite/migrations/index.ts';
import type { ResourceRow, StoreSchema } from '../packages/server/src/store/sqlite/schema.ts';
import { openSqliteStore } from '../packages/server/src/store/sqlite/sqlite-store.ts';
import type { ListQuery, Store } from '../packages/server/src/store/store.ts';
import { wallClock } from '../packages/server/src/clock.ts';

const JOBS = 100_000;
const ROUNDS = 20;
const TARGET_MS = 50;
const DAY = 24 * 60 * 60 * 1000;
const START = Date.UTC(2026, 0, 1);

const folder = await mkdtemp(join(tmpdir(), 'rung-bench-'));
try {
  const file = join(folder, 'rung.db');
  await fill(file);
  const store = await openSqliteStore({ file, clock: wallClock });
  const all: number[] = [];
  for (const [name, query] of Object.entries(queries())) {
    const times = await measure(store, query);
    all.push(...times);
    print(name, times);
  }
  print('all queries', all);
  await store.close();
  const worst = percentile(all, 99);
  report('Listing training jobs', [
    {
      measure: `88 combinations of filters and orders over 100,000 jobs, p99`,
      ours: `${worst.toFixed(1)} ms`,
      target: `≤ ${TARGET_MS} ms`,
      holds: worst <= TARGET_MS,
    },
  ]);
} finally {
  await rm(folder, { recursive: true });
}

/** Straight into the table: 100,000 creates that each wait for the disk would take minutes and measure something else. */
async function fill(path: string): Promise<void> {
  const database = await openDatabase<StoreSchema>({ file: path, synchronous: 'normal', migrations: storeMigrations });
  const columns = ['kind', 'name', 'arn', 'phase', 'parent', 'created', 'modified', 'spec', 'status'] as const;
  const insert = database.prepare(columns, (p) =>
    database.query.insertInto('resource').values({
      kind: p.kind,
      name: p.name,
      arn: p.arn,
      phase: p.phase,
      parent: p.parent,
      version: 1,
      created: p.created,
      modified: p.modified,
      spec: p.spec,
      status: p.status,
    }),
  );
  database.transaction(() => {
    for (let index = 0; index < JOBS; index += 1) insert.run(job(index));
  });
  database.close();
}

/** A row as CreateTrainingJob leaves it, about 3 KB. One job in a thousand runs; one name in ten thousand is rare. */
function job(
  index: number,
): Pick<ResourceRow, 'kind' | 'name' | 'arn' | 'phase' | 'parent' | 'created' | 'modified' | 'spec' | 'status'> {
  const scattered = (index * 7919) % JOBS;
  const name = `${['churn', 'fraud', 'ranking'][index % 3]}-${String(scattered).padStart(6, '0')}${scattered % 10_000 === 0 ? '-rare' : ''}`;
  const created = START + Math.floor((index / JOBS) * 300) * DAY + scattered;
  const transitions = ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed'];
  const spec = {
    TrainingJobName: name,
    HyperParameters: Object.fromEntries(
      Array.from({ length: 30 }, (_, key) => [`hyper_parameter_${key}`, String(key * index)]),
    ),
    InputDataConfig: [
      {
        ChannelName: 'train',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://data/${name}/train/` } },
      },
    ],
    OutputDataConfig: { S3OutputPath: `s3://models/${name}/` },
    Environment: { FILL: 'x'.repeat(500) },
  };
  const status = {
    SecondaryStatusTransitions: transitions.map((Status) => ({
      Status,
      StartTime: new Date(created).toISOString(),
      StatusMessage: Status,
    })),
  };
  return {
    kind: 'training-job',
    name,
    arn: `arn:aws:sagemaker:us-east-1:000000000000:training-job/${name}`,
    phase: index % 1000 === 0 ? 'InProgress' : index % 10 === 0 ? 'Failed' : 'Completed',
    parent: index % 4 === 0 ? `tuning-job-${index % 400}` : null,
    created,
    modified: created + scattered * 1000,
    spec: JSON.stringify(spec),
    status: JSON.stringify(status),
  };
}

function queries(): Record<string, ListQuery> {
  const limit = 100;
  const middle = new Date(START + 150 * DAY);
  const orders = ['ascending', 'descending'] as const;
  const filters: Record<string, Partial<ListQuery>> = {
    'no filter': {},
    'phase, common': { phase: 'Completed' },
    'phase, rare': { phase: 'InProgress' },
    'phase, none': { phase: 'Stopped' },
    'name, common': { nameContains: 'fraud' },
    'name, rare': { nameContains: 'rare' },
    'name, none': { nameContains: 'no such job' },
    'created in a day': { createdAfter: middle, createdBefore: new Date(middle.getTime() + DAY) },
    'modified before all': { modifiedBefore: new Date(START - DAY) },
    parent: { parent: 'tuning-job-4' },
    'everything, none': {
      nameContains: 'zzz',
      phase: 'Completed',
      createdAfter: new Date(START),
      modifiedAfter: new Date(START),
    },
  };
  const result: Record<string, ListQuery> = {};
  for (const [name, filter] of Object.entries(filters)) {
    for (const sortBy of ['name', 'created', 'modified', 'phase'] as const) {
      for (const order of orders) result[`${name}; by ${sortBy} ${order}`] = { limit, sortBy, order, ...filter };
    }
  }
  return result;
}

/** Milliseconds of a first page and of the page after it, several times over. */
async function measure(store: Store, query: ListQuery): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let token: string | undefined, page = 0; page < 2; page += 1) {
      const start = performance.now();
      const answer = await store.list('training-job', { ...query, ...(token ? { token } : {}) });
      times.push(performance.now() - start);
      if (!answer.next) break;
      token = answer.next;
    }
  }
  return times;
}

function print(name: string, times: readonly number[]): void {
  const cell = (p: number) => percentile(times, p).toFixed(2).padStart(8);
  console.log(`${name.padEnd(45)} p50 ${cell(50)} ms   p99 ${cell(99)} ms`);
}

function percentile(times: readonly number[], p: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}
