import type {
  CloudwatchOperations,
  GetMetricDataInput,
  MetricDataQuery,
  MetricDataResult,
} from '@rung/wire/types/cloudwatch';
import type { MetricStore } from '../../observability/metric-store.ts';
import type { Handlers } from '../service.ts';
import { toRecord } from './dimensions.ts';
import { invalidNextToken, validationError } from './errors.ts';
import { isPeriod, isPlainStatistic, percentileOf, plainStatistic } from './statistic.ts';

export function metricDataHandlers(metrics: MetricStore) {
  return {
    GetMetricData: async (input) => {
      requireSense(input);
      const series: Series[] = [];
      for (const query of input.MetricDataQueries) {
        const found = await readSeries(metrics, query, input);
        if (query.ReturnData !== false) series.push(found);
      }
      return page(series, input);
    },
  } satisfies Handlers<CloudwatchOperations>;
}

/** Points of all series together; AWS's default and most. */
const MOST_POINTS = 100_800;
const MOST_QUERIES = 500;

interface Series {
  query: MetricDataQuery;
  label: string;
  points: { timestamp: Date; value: number }[];
}

function requireSense({
  StartTime,
  EndTime,
  MetricDataQueries,
  MaxDatapoints = MOST_POINTS,
}: GetMetricDataInput): void {
  if (StartTime >= EndTime) throw validationError('The parameter StartTime must be less than the parameter EndTime.');
  if (MetricDataQueries.length === 0 || MetricDataQueries.length > MOST_QUERIES) {
    throw validationError(`The collection MetricDataQueries must have between 1 and ${MOST_QUERIES} queries.`);
  }
  if (new Set(MetricDataQueries.map(({ Id }) => Id)).size < MetricDataQueries.length) {
    throw validationError('The values for parameter Id in MetricDataQueries are not unique.');
  }
  if (MaxDatapoints < 1 || MaxDatapoints > MOST_POINTS) {
    throw validationError(`The parameter MaxDatapoints must be between 1 and ${MOST_POINTS}.`);
  }
}

async function readSeries(metrics: MetricStore, query: MetricDataQuery, input: GetMetricDataInput): Promise<Series> {
  const { Id, MetricStat, Expression, Label } = query;
  if (Expression !== undefined) {
    throw validationError(
      `Error in expression '${Id}': expressions are not supported here. Ask for the metrics with MetricStat and compute on the client.`,
    );
  }
  if (!MetricStat) throw validationError(`The query ${Id} must have a MetricStat.`);
  const { Metric, Period, Stat, Unit } = MetricStat;
  const { Namespace, MetricName } = Metric;
  if (Namespace === undefined || MetricName === undefined) {
    throw validationError(`The metric of query ${Id} must have a Namespace and a MetricName.`);
  }
  if (!isPeriod(Period)) throw validationError(`Period of query ${Id} must be 1, 5, 10, 30 or a multiple of 60.`);
  const percentile = percentileOf(Stat);
  if (percentile === undefined && !isPlainStatistic(Stat)) {
    throw validationError(
      `The value ${Stat} for parameter Stat of query ${Id} is not supported: use SampleCount, Average, Sum, Minimum, Maximum or a percentile such as p99.`,
    );
  }
  const points = await metrics.statistics({
    namespace: Namespace,
    name: MetricName,
    dimensions: toRecord(Metric.Dimensions),
    start: input.StartTime,
    end: input.EndTime,
    period: Period,
    ...(percentile === undefined ? {} : { percentiles: [percentile] }),
    ...(Unit === undefined ? {} : { unit: Unit }),
  });
  const values = points.flatMap((point) => {
    const value = isPlainStatistic(Stat) ? plainStatistic(point, Stat) : point.percentiles[`p${percentile}`];
    return value === undefined ? [] : [{ timestamp: point.timestamp, value }];
  });
  return {
    query,
    label: Label ?? MetricName,
    points: input.ScanBy === 'TimestampAscending' ? values : values.reverse(),
  };
}

/** All series one after the other, cut after the most points; a token counts the points already given. */
function page(series: readonly Series[], { MaxDatapoints = MOST_POINTS, NextToken }: GetMetricDataInput) {
  const given = NextToken === undefined ? 0 : decodeToken(NextToken);
  const end = given + MaxDatapoints;
  const results: MetricDataResult[] = [];
  let start = 0;
  for (const { query, label, points } of series) {
    const shown = points.slice(Math.max(0, given - start), Math.max(0, end - start));
    // A series without points is told of once, on the first page.
    if (shown.length > 0 || (points.length === 0 && given === 0)) {
      results.push({
        Id: query.Id,
        Label: label,
        Timestamps: shown.map(({ timestamp }) => timestamp),
        Values: shown.map(({ value }) => value),
        StatusCode: start + points.length <= end ? 'Complete' : 'PartialData',
      });
    }
    start += points.length;
  }
  return { MetricDataResults: results, Messages: [], ...(start > end ? { NextToken: encodeToken(end) } : {}) };
}

function encodeToken(given: number): string {
  return Buffer.from(`given ${given}`).toString('base64url');
}

function decodeToken(token: string): number {
  const [, given] = /^given (\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (given === undefined) throw invalidNextToken();
  return Number(given);
}
