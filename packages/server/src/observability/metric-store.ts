/** Time series as CloudWatch has them: a namespace, a name, up to 30 dimensions, points in time. */
export interface MetricStore {
  put(data: readonly MetricDatum[]): Promise<void>;
  statistics(query: StatisticsQuery): Promise<StatisticsPoint[]>;
  list(query: {
    namespace?: string;
    name?: string;
    dimensions?: readonly { name: string; value?: string }[];
  }): Promise<MetricId[]>;
  /** The newest datum of a metric, e.g. for FinalMetricDataList. */
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
  start: Date;
  end: Date;
  /** Seconds per point, at least 1. */
  period: number;
  /** Also percentiles, e.g. `p99`, where single observations were put. */
  percentiles?: readonly number[];
}

export interface StatisticsPoint extends StatisticSet {
  timestamp: Date;
  unit?: string;
  percentiles: Readonly<Record<string, number>>;
}
