import type { Migration } from 'kysely';
import { resources } from './0001-resources.ts';

/** Every migration of the store, oldest first. A released one is never edited: add another. */
export const storeMigrations: Readonly<Record<string, Migration>> = {
  '0001-resources': resources,
};
