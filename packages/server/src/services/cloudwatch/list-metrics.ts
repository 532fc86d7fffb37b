import type { CloudwatchOperations } from '@rung/wire/types/cloudwatch';
import type { Clock } from '../../clock.ts';
import type { MetricId, MetricStore } from '../../observability/metric-store.ts';
import type { Handlers } from '../service.ts';
import { fromRecord } from './dimensions.ts';
import { invalidValue } from './errors.ts';

export function listMetricsHandlers(metrics: MetricStore, clock: Clock) {
  return {
    ListMetrics: async ({ Namespace, MetricName, Dimensions = [], RecentlyActive, NextToken }) => {
      const after = NextToken === undefined ? undefined : decodeToken(NextToken);
      let found = await metrics.list({
        ...(Namespace === undefined ? {} : { namespace: Namespace }),
        ...(MetricName === undefined ? {} : { name: MetricName }),
        dimensions: Dimensions.map(({ Name, Value }) => ({
          name: Name,
          ...(Value === undefined ? {} : { value: Value }),
        })),
      });
      if (RecentlyActive === 'PT3H') found = await recent(metrics, found, clock.now().getTime() - THREE_HOURS_MS);
      // By key, so that metrics that come or go between two pages neither repeat others nor hide them.
      const rest = found
        .map((id) => ({ id, key: keyOf(id) }))
        .filter(({ key }) => after === undefined || key > after)
        .sort((a, b) => (a.key < b.key ? -1 : 1));
      const page = rest.slice(0, PAGE);
      const last = page.at(-1);
      return {
        Metrics: page.map(({ id: { namespace, name, dimensions } }) => ({
          Namespace: namespace,
          MetricName: name,
          Dimensions: fromRecord(dimensions),
        })),
        ...(rest.length > PAGE && last ? { NextToken: Buffer.from(last.key).toString('base64url') } : {}),
      };
    },
  } satisfies Handlers<CloudwatchOperations>;
}

const PAGE = 500;
const THREE_HOURS_MS = 3 * 60 * 60 * 1000;

async function recent(metrics: MetricStore, ids: readonly MetricId[], since: number): Promise<MetricId[]> {
  const active: MetricId[] = [];
  for (const id of ids) {
    const latest = await metrics.latest(id);
    if (latest && latest.timestamp.getTime() >= since) active.push(id);
  }
  return active;
}

function keyOf({ namespace, name, dimensions }: MetricId): string {
  return JSON.stringify([namespace, name, dimensions]);
}

function decodeToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (!key.startsWith('["')) throw invalidValue('The parameter NextToken is invalid.');
  return key;
}
