import type { LogsOperations } from '@rung/wire/types/logs';
import type { ServerResources } from '../../resources.ts';
import type { Handlers, Service } from '../service.ts';
import { filterLogEventsHandlers } from './filter-log-events.ts';
import { logEventHandlers } from './log-events.ts';
import { logGroupHandlers } from './log-groups.ts';
import { logStreamHandlers } from './log-streams.ts';

/** CloudWatch Logs, as far as reading and writing events goes. */
export function logsService({ logs, clock }: Pick<ServerResources, 'logs' | 'clock'>): Service {
  const handlers: Handlers<LogsOperations> = {
    ...logGroupHandlers(logs),
    ...logStreamHandlers(logs),
    ...logEventHandlers(logs, clock),
    ...filterLogEventsHandlers(logs),
  };
  return { name: 'logs', handlers };
}
