/** The log lines of SageMaker's algorithms, which metrics are scraped from. */

export interface TrainLogOptions {
  readonly host: string;
  /** As in `AWS/KMeans`. */
  readonly algorithm: string;
  readonly write: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class TrainLog {
  readonly #options: TrainLogOptions;
  readonly #started: number;

  constructor(options: TrainLogOptions) {
    this.#options = options;
    this.#started = options.now();
  }

  /** One line for people. */
  info(message: string): void {
    this.#options.write(message);
  }

  /** E.g. `#quality_metric: host=algo-1, epoch=3, validation objective_loss <loss>=0.25`. */
  quality(
    channel: 'train' | 'validation' | 'test',
    metric: string,
    value: number,
    options: { readonly kind?: 'loss' | 'score'; readonly epoch?: number } = {},
  ): void {
    const epoch = options.epoch === undefined ? '' : ` epoch=${options.epoch},`;
    this.#options.write(
      `#quality_metric: host=${this.#options.host},${epoch} ${channel} ${metric} <${options.kind ?? 'loss'}>=${value}`,
    );
  }

  /** `done` of `total` epochs. */
  progress(done: number, total: number): void {
    const percent = Math.round((1000 * done) / total) / 10;
    this.#options.write(`#progress_metric: host=${this.#options.host}, completed ${percent} % of epochs`);
  }

  throughput(rows: number, seconds: number): void {
    const rate = rows / Math.max(seconds, 1e-6);
    this.#options.write(`#throughput_metric: host=${this.#options.host}, train throughput=${rate} records/second`);
  }

  /** The summary that SageMaker's algorithms end with: a `#metrics` line of JSON. */
  metrics(operation: 'training' | 'scoring', values: Readonly<Record<string, number>>): void {
    const { host, algorithm, now, write } = this.#options;
    const entries = Object.entries(values).map(([name, value]) => [
      name,
      { sum: value, count: 1, min: value, max: value },
    ]);
    const line = {
      StartTime: this.#started / 1000,
      EndTime: now() / 1000,
      Dimensions: { Algorithm: `AWS/${algorithm}`, Host: host, Operation: operation },
      Metrics: Object.fromEntries(entries),
    };
    write(`#metrics ${JSON.stringify(line)}`);
  }

  /** Milliseconds since the start of the log. */
  elapsed(): number {
    return this.#options.now() - this.#started;
  }
}
