import type { LogsOperations } from '@rung/wire/types/logs';
import type { LogStore } from '../../observability/log-store.ts';
import type { Handlers } from '../service.ts';
import { groupExists, groupNotFound, invalidParameter, invalidToken, refusing } from './errors.ts';

/** CreateLogGroup, DeleteLogGroup, DescribeLogGroups. */
export function logGroupHandlers(logs: LogStore) {
  return {
    CreateLogGroup: refusing(async ({ logGroupName }) => {
      if (!(await logs.createGroup(logGroupName))) throw groupExists();
      return {};
    }),

    DeleteLogGroup: refusing(async ({ logGroupName }) => {
      if (!(await logs.removeGroup(logGroupName))) throw groupNotFound();
      return {};
    }),

    DescribeLogGroups: refusing(async (input, { region, account }) => {
      const { logGroupNamePrefix, logGroupNamePattern, limit = 50 } = input;
      if (logGroupNamePrefix !== undefined && logGroupNamePattern !== undefined) {
        throw invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
      }
      const pattern = logGroupNamePattern?.toLowerCase() ?? '';
      const after = input.nextToken === undefined ? '' : decodeToken(input.nextToken);
      const groups = await logs.listGroups(logGroupNamePrefix);
      const rest = groups.filter(({ name }) => name > after && name.toLowerCase().includes(pattern));
      const page = rest.slice(0, limit);
      const last = page.at(-1);
      return {
        logGroups: page.map(({ name, createdAt }) => {
          const logGroupArn = `arn:aws:logs:${region}:${account}:log-group:${name}`;
          const arn = `${logGroupArn}:*`;
          return { logGroupName: name, creationTime: createdAt.getTime(), metricFilterCount: 0, arn, logGroupArn };
        }),
        ...(rest.length > limit && last ? { nextToken: encodeToken(last.name) } : {}),
      };
    }),
  } satisfies Handlers<LogsOperations>;
}

/** A page goes on after the last name shown; the mark tells our tokens from other text. */
function encodeToken(name: string): string {
  return Buffer.from(`after ${name}`).toString('base64url');
}

function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after ')) throw invalidToken();
  return text.slice('after '.length);
}
