/** The metric store of one machine: a SQLite file of its own, so that metrics never wait for the store of resources nor slow it down. */
import type { Clock } from '../clock.ts';
import { openDatabase, type SqliteFile } from '../store/sqlite/database.ts';
import { metricMigrations } from './metric-migrations/index.ts';
import { type MetricQueries, metricQueries, type MetricSchema } from './metric-queries.ts';
import type {
  MetricDatum,
  MetricId,
  MetricListQuery,
  MetricStore,
  StatisticsPoint,
  StatisticsQuery,
} from './metric-store.ts';
import { type Observation, percentile } from './percentile.ts';

export interface SqliteMetricStoreOptions {
  /** Made with mode 0600 when it does not exist; its folder must. */
  file: string;
  clock: Clock;
  /** Older data are removed at start and then every hour. Default 15 days. */
  retentionMs?: number;
}

/** @throws StoreUnavailable when the file is damaged, read-only, from a newer Rung, or the disk is full. */
export async function openSqliteMetricStore(options: SqliteMetricStoreOptions): Promise<MetricStore> {
  const { clock, retentionMs = 15 * DAY_MS } = options;
  const file = await openDatabase<MetricSchema>({
    file: options.file,
    synchronous: 'normal',
    migrations: metricMigrations,
  });
  return new SqliteMetricStore(file, clock, retentionMs);
}

const DAY_MS = 24 * 60 * 60 * 1000;
const PRUNE_EVERY_MS = 60 * 60 * 1000;
const WRITE_AFTER_MS = 250;
/** Data that wait; one more is only taken in once they are written. */
const MOST_WAITING = 20_000;

class SqliteMetricStore implements MetricStore {
  readonly #file: SqliteFile<MetricSchema>;
  readonly #queries: MetricQueries;
  readonly #clock: Clock;
  readonly #retentionMs: number;
  readonly #closing = new AbortController();
  #waiting: MetricDatum[] = [];
  #timer: NodeJS.Timeout | undefined;
  #pruned = -Infinity;
  #pruning: Promise<void> = Promise.resolve();

  constructor(file: SqliteFile<MetricSchema>, clock: Clock, retentionMs: number) {
    this.#file = file;
    this.#queries = metricQueries(file);
    this.#clock = clock;
    this.#retentionMs = retentionMs;
  }

  async put(data: readonly MetricDatum[]): Promise<void> {
    if (this.#waiting.length + data.length > MOST_WAITING) this.#write();
    this.#waiting.push(...data);
    this.#timer ??= setTimeout(() => this.#writeLater(), WRITE_AFTER_MS).unref();
  }

  async statistics(query: StatisticsQuery): Promise<StatisticsPoint[]> {
    this.#write();
    const series = this.#findSeries(query);
    if (series === undefined) return [];
    const period = query.period * 1000;
    const start = Math.floor(query.start.getTime() / period) * period;
    const range = { series, start, end: query.end.getTime(), period, unit: query.unit ?? null };
    const percentiles = query.percentiles ?? [];
    const observations = percentiles.length > 0 ? byBucket(this.#queries.observations.all(range)) : undefined;
    return this.#queries.statistics.all(range).map(({ bucket, sum, count, min, max, unit }) => ({
      timestamp: new Date(bucket * period),
      sum,
      count,
      min,
      max,
      ...(unit === null ? {} : { unit }),
      percentiles: namedPercentiles(observations?.get(bucket) ?? [], percentiles),
    }));
  }

  async list({ namespace, name, dimensions = [] }: MetricListQuery): Promise<MetricId[]> {
    this.#write();
    const rows = this.#queries.list.all({ namespace: namespace ?? null, name: name ?? null });
    return rows
      .map((row) => ({ namespace: row.namespace, name: row.name, dimensions: parseDimensions(row.dimensions) }))
      .filter((id) =>
        dimensions.every(
          (wanted) =>
            Object.hasOwn(id.dimensions, wanted.name) &&
            (wanted.value === undefined || id.dimensions[wanted.name] === wanted.value),
        ),
      );
  }

  async latest(id: MetricId): Promise<{ timestamp: Date; value: number } | undefined> {
    this.#write();
    const series = this.#findSeries(id);
    const row = series === undefined ? undefined : this.#queries.latest.first({ series });
    return row && { timestamp: new Date(row.time), value: row.sum / row.count };
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#pruning;
    try {
      this.#write();
    } finally {
      this.#file.close();
    }
  }

  #writeLater(): void {
    this.#timer = undefined;
    try {
      this.#write();
    } catch {
      // The data wait on; the next read, or the put that finds too many waiting, tries again and tells its caller.
      return;
    }
    const now = this.#clock.now().getTime();
    if (now - this.#pruned < PRUNE_EVERY_MS) return;
    this.#pruned = now;
    // What could not be removed now is removed in an hour: nobody waits for it.
    this.#pruning = this.#prune(now - this.#retentionMs).catch(() => undefined);
  }

  /** Writes what waits, in one transaction; keeps it when that fails. */
  #write(): void {
    if (this.#waiting.length === 0) return;
    this.#file.transaction(() => {
      for (const { timestamp, value, unit, ...id } of this.#waiting) {
        const set = typeof value === 'number' ? { sum: value, count: 1, min: value, max: value } : value;
        const series = this.#findSeries(id) ?? this.#addSeries(id);
        this.#queries.addDatum.run({ series, time: timestamp.getTime(), unit: unit ?? null, ...set });
      }
    });
    this.#waiting = [];
  }

  /** One series at a time, so that no other work of this process waits long. */
  async #prune(before: number): Promise<void> {
    for (const { id: series } of this.#queries.allSeries.all({})) {
      if (this.#closing.signal.aborted) return;
      this.#file.transaction(() => {
        this.#queries.prune.run({ series, before });
        this.#queries.dropIfEmpty.run({ series });
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #findSeries(id: MetricId): number | undefined {
    return this.#queries.findSeries.first(seriesKey(id))?.id;
  }

  #addSeries(id: MetricId): number {
    const row = this.#queries.addSeries.first(seriesKey(id));
    if (!row) throw new Error('SQLite answered no id for the series it inserted.');
    return row.id;
  }
}

function seriesKey({ namespace, name, dimensions }: MetricId) {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return { namespace, name, dimensions: JSON.stringify(sorted) };
}

function parseDimensions(text: string): Record<string, string> {
  // Safe: written by seriesKey above.
  return Object.fromEntries(JSON.parse(text) as [string, string][]);
}

function byBucket(rows: readonly (Observation & { bucket: number })[]): Map<number, Observation[]> {
  const buckets = new Map<number, Observation[]>();
  for (const { bucket, value, count } of rows) {
    const observations = buckets.get(bucket);
    if (observations) observations.push({ value, count });
    else buckets.set(bucket, [{ value, count }]);
  }
  return buckets;
}

function namedPercentiles(sorted: readonly Observation[], wanted: readonly number[]): Record<string, number> {
  const named: Record<string, number> = {};
  for (const p of wanted) {
    const value = percentile(sorted, p);
    if (value !== undefined) named[`p${p}`] = value;
  }
  return named;
}
