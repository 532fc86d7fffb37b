/** One observation. */
export interface MetricPoint {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly unit?: 'Percent';
}

/** Many observations of one metric within one second. */
export interface FoldedPoint extends Omit<MetricPoint, 'value'> {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

export type PostPoints = (points: readonly (MetricPoint | FoldedPoint)[], signal: AbortSignal) => Promise<void>;

const PERIOD_MS = 5000;
/** More than these since the last post are folded to one per metric and second. */
const SINGLE_POINTS = 1000;
/** Folded points kept while the platform is away: a day of ten metrics, a few megabytes. The oldest go first. */
const KEPT_POINTS = 20_000;

/** Collects points and posts them every few seconds, in flat memory also when they come by the million or the platform is away. */
export class MetricPoster {
  readonly #post: PostPoints;
  #single: MetricPoint[] = [];
  readonly #folded = new Map<string, FoldedPoint>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  readonly #end = new AbortController();

  constructor(post: PostPoints) {
    this.#post = post;
  }

  add(point: MetricPoint): void {
    if (this.#single.length < SINGLE_POINTS) this.#single.push(point);
    else this.#fold(point);
    this.#timer ??= setTimeout(() => void this.#flush(), PERIOD_MS);
  }

  /** Posts what is left; gives up after `limitMs`, because the last values are in the instance's report anyway. */
  async close(limitMs = 10_000): Promise<void> {
    const limit = setTimeout(() => this.#end.abort(), limitMs);
    await this.#flush();
    this.#end.abort();
    clearTimeout(limit);
    clearTimeout(this.#timer);
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#postAfter(this.#running);
    return this.#running;
  }

  async #postAfter(earlier: Promise<void>): Promise<void> {
    await earlier;
    const points = [...this.#single, ...this.#folded.values()];
    this.#single = [];
    this.#folded.clear();
    if (points.length === 0) return;
    try {
      await this.#post(points, this.#end.signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      process.stderr.write(`${points.length} metric points were not stored: ${why}\n`);
    }
  }

  #fold({ value, ...point }: MetricPoint): void {
    const second = Math.floor(point.at / 1000);
    const key = `${second} ${point.namespace} ${point.name} ${Object.values(point.dimensions).join(' ')}`;
    const known = this.#folded.get(key);
    if (known === undefined && this.#folded.size >= KEPT_POINTS)
      this.#folded.delete(this.#folded.keys().next().value ?? '');
    this.#folded.set(
      key,
      known === undefined
        ? { ...point, at: second * 1000, sum: value, count: 1, min: value, max: value }
        : {
            ...known,
            sum: known.sum + value,
            count: known.count + 1,
            min: Math.min(known.min, value),
            max: Math.max(known.max, value),
          },
    );
  }
}
