/** Time series as CloudWatch has them: a namespace, a name, up to 30 dimensions, points in time. */
export interface MetricStore {
  /**
   * Takes the data in at once and writes them a little later, many in one go: a crash may lose the last second. Reads of this store see
   * them already. Rejects when what waits cannot be written, e.g. because the disk is full.
   */
  put(data: readonly MetricDatum[]): Promise<void>;
  /** One point for each period that has data, oldest first. */
  statistics(query: StatisticsQuery): Promise<StatisticsPoint[]>;
  /** Metrics that have all of the dimensions named (and perhaps others), in a stable order. */
  list(query: MetricListQuery): Promise<MetricId[]>;
  /** The newest datum of a metric, e.g. for FinalMetricDataList. Of a statistic set, the average. */
  latest(id: MetricId): Promise<{ timestamp: Date; value: number } | undefined>;
  close(): Promise<void>;
}

export interface MetricId {
  namespace: string;
  name: string;
  dimensions: Readonly<Record<string, string>>;
}

export interface MetricDatum extends MetricId {
  timestamp: Date;
  /** One observation, or many folded into one. */
  value: number | StatisticSet;
  unit?: string;
}

export interface StatisticSet {
  sum: number;
  count: number;
  min: number;
  max: number;
}

export interface StatisticsQuery extends MetricId {
  /** Rounded down to a whole period. */
  start: Date;
  /** Exclusive. */
  end: Date;
  /** Seconds per point, at least 1. Points lie at whole periods since the epoch. */
  period: number;
  /** Also percentiles, e.g. 99 for `p99`, of what was put as single observations or as sets of equal ones. */
  percentiles?: readonly number[];
  /** Only data put with this unit. Default: of any unit. */
  unit?: string;
}

export interface StatisticsPoint extends StatisticSet {
  timestamp: Date;
  unit?: string;
  /** By their names, e.g. `p99` or `p99.9`; none where only statistic sets were put. */
  percentiles: Readonly<Record<string, number>>;
}

export interface MetricListQuery {
  namespace?: string;
  name?: string;
  dimensions?: readonly { name: string; value?: string }[];
}
