import type { CloudwatchOperations, MetricDatum, PutMetricDataInput } from '@rung/wire/types/cloudwatch';
import type { Clock } from '../../clock.ts';
import type { MetricStore, MetricDatum as StoredDatum } from '../../observability/metric-store.ts';
import type { Handlers } from '../service.ts';
import { toRecord } from './dimensions.ts';
import { invalidCombination, invalidValue, missingParameter } from './errors.ts';

export function putMetricDataHandlers(metrics: MetricStore, clock: Clock) {
  return {
    PutMetricData: async (input) => {
      if (input.Namespace.startsWith('AWS/')) {
        throw invalidValue(
          `The value ${input.Namespace} for parameter Namespace is invalid: AWS/ is kept for the services themselves.`,
        );
      }
      const data = allData(input);
      if (data.length === 0) throw missingParameter('The parameter MetricData is required.');
      if (data.length > MOST_DATA) {
        throw invalidValue(`The collection MetricData must not have a size greater than ${MOST_DATA}.`);
      }
      // All are looked at before the first is kept: a request is taken whole or not at all.
      await metrics.put(data.flatMap((datum, index) => toStored(input.Namespace, datum, index + 1, clock.now())));
      return {};
    },
  } satisfies Handlers<CloudwatchOperations>;
}

const MOST_DATA = 1_000;
const MOST_VALUES = 150;
const OLDEST_MS = 14 * 24 * 60 * 60 * 1000;
const NEWEST_MS = 2 * 60 * 60 * 1000;

function allData({ MetricData = [], EntityMetricData = [] }: PutMetricDataInput): MetricDatum[] {
  return [...MetricData, ...EntityMetricData.flatMap((entity) => entity.MetricData ?? [])];
}

function toStored(namespace: string, datum: MetricDatum, member: number, now: Date): StoredDatum[] {
  const path = `MetricData.member.${member}`;
  const timestamp = datum.Timestamp ?? now;
  const age = now.getTime() - timestamp.getTime();
  if (age > OLDEST_MS || age < -NEWEST_MS) {
    throw invalidValue(
      `The parameter ${path}.Timestamp must specify a time no more than two weeks in the past and two hours in the future.`,
    );
  }
  const id = { namespace, name: datum.MetricName, dimensions: toRecord(datum.Dimensions) };
  const unit = datum.Unit === undefined ? {} : { unit: datum.Unit };
  return valuesOf(datum, path).map((value) => ({ ...id, timestamp, value, ...unit }));
}

/** A datum is one value, a set, or an array of values with how often each was seen. */
function valuesOf(datum: MetricDatum, path: string): StoredDatum['value'][] {
  const { Value, StatisticValues, Values, Counts } = datum;
  const given = [Value, StatisticValues, Values].filter((way) => way !== undefined).length;
  if (given === 0) throw missingParameter(`The parameter ${path}.Value is required.`);
  if (given > 1) {
    throw invalidCombination(
      `The parameters ${path}.Value, ${path}.StatisticValues and ${path}.Values are mutually exclusive.`,
    );
  }
  if (Value !== undefined) return [finite(Value, `${path}.Value`)];
  if (StatisticValues) {
    const { SampleCount: count, Sum: sum, Minimum: min, Maximum: max } = StatisticValues;
    for (const [name, value] of Object.entries(StatisticValues)) finite(value, `${path}.StatisticValues.${name}`);
    if (count <= 0) throw invalidValue(`The parameter ${path}.StatisticValues.SampleCount must be greater than 0.`);
    if (min > max) throw invalidValue(`The parameter ${path}.StatisticValues.Minimum must not exceed Maximum.`);
    return [{ count, sum, min, max }];
  }
  const values = Values ?? [];
  if (values.length === 0 || values.length > MOST_VALUES) {
    throw invalidValue(`The collection ${path}.Values must have between 1 and ${MOST_VALUES} values.`);
  }
  if (Counts && Counts.length !== values.length) {
    throw invalidCombination(`The parameters ${path}.Values and ${path}.Counts must have the same length.`);
  }
  return values.map((value, index) => {
    const count = finite(Counts?.[index] ?? 1, `${path}.Counts`);
    if (count <= 0) throw invalidValue(`The parameter ${path}.Counts must be greater than 0.`);
    return { count, sum: finite(value, `${path}.Values`) * count, min: value, max: value };
  });
}

function finite(value: number, path: string): number {
  if (!Number.isFinite(value)) throw invalidValue(`The value ${value} for parameter ${path} is invalid.`);
  return value;
}
