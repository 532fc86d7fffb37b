import type { Migration } from 'kysely';
import { data } from './0001-data.ts';

/** Every migration of the metric store, oldest first. A released one is never edited: add another. */
export const metricMigrations: Readonly<Record<string, Migration>> = {
  '0001-data': data,
};
