/** The prepared statements of the metric store. */
import { type Generated, sql } from 'kysely';
import type { SqliteFile } from '../store/sqlite/database.ts';

export interface MetricSchema {
  series: { id: Generated<number>; namespace: string; name: string; dimensions: string };
  datum: {
    /** SQLite numbers the rows by itself; later ones are higher. */
    rowid: Generated<number>;
    series: number;
    time: number;
    sum: number;
    count: number;
    min: number;
    max: number;
    unit: string | null;
  };
}

export type MetricQueries = ReturnType<typeof metricQueries>;

export function metricQueries(file: SqliteFile<MetricSchema>) {
  const db = file.query;
  return {
    findSeries: file.prepare(['namespace', 'name', 'dimensions'], (p) =>
      db
        .selectFrom('series')
        .select('id')
        .where('namespace', '=', p.namespace)
        .where('name', '=', p.name)
        .where('dimensions', '=', p.dimensions),
    ),

    addSeries: file.prepare(['namespace', 'name', 'dimensions'], (p) =>
      db
        .insertInto('series')
        .values({ namespace: p.namespace, name: p.name, dimensions: p.dimensions })
        .returning('id'),
    ),

    addDatum: file.prepare(['series', 'time', 'sum', 'count', 'min', 'max', 'unit'], (p) =>
      db
        .insertInto('datum')
        .values({ series: p.series, time: p.time, sum: p.sum, count: p.count, min: p.min, max: p.max, unit: p.unit }),
    ),

    statistics: file.prepare(['series', 'start', 'end', 'period', 'unit'], (p) =>
      db
        .selectFrom('datum')
        .select([
          // Numbers are bound as floating point: without the cast this would be no division of integers.
          sql<number>`time / cast(${p.period} as integer)`.as('bucket'),
          sql<number>`sum(sum)`.as('sum'),
          sql<number>`sum(count)`.as('count'),
          sql<number>`min(min)`.as('min'),
          sql<number>`max(max)`.as('max'),
          sql<string | null>`max(unit)`.as('unit'),
        ])
        .where('series', '=', p.series)
        .where('time', '>=', p.start)
        .where('time', '<', p.end)
        .where(sql<boolean>`(${p.unit} is null or unit = ${p.unit})`)
        .groupBy('bucket')
        .orderBy('bucket'),
    ),

    /** Only where every observation of a datum is known: those of a set lie anywhere between its ends. */
    observations: file.prepare(['series', 'start', 'end', 'period', 'unit'], (p) =>
      db
        .selectFrom('datum')
        .select([sql<number>`time / cast(${p.period} as integer)`.as('bucket'), 'min as value', 'count'])
        .where('series', '=', p.series)
        .where('time', '>=', p.start)
        .where('time', '<', p.end)
        .where(sql<boolean>`(${p.unit} is null or unit = ${p.unit})`)
        .whereRef('min', '=', 'max')
        .orderBy('bucket')
        .orderBy('min'),
    ),

    list: file.prepare(['namespace', 'name'], (p) =>
      db
        .selectFrom('series')
        .selectAll()
        .where(sql<boolean>`(${p.namespace} is null or namespace = ${p.namespace})`)
        .where(sql<boolean>`(${p.name} is null or name = ${p.name})`)
        .orderBy('namespace')
        .orderBy('name')
        .orderBy('dimensions'),
    ),

    latest: file.prepare(['series'], (p) =>
      db
        .selectFrom('datum')
        .select(['time', 'sum', 'count'])
        .where('series', '=', p.series)
        .orderBy('time', 'desc')
        .orderBy('rowid', 'desc')
        .limit(1),
    ),

    allSeries: file.prepare([], () => db.selectFrom('series').select('id')),

    prune: file.prepare(['series', 'before'], (p) =>
      db.deleteFrom('datum').where('series', '=', p.series).where('time', '<', p.before),
    ),

    dropIfEmpty: file.prepare(['series'], (p) =>
      db
        .deleteFrom('series')
        .where('id', '=', p.series)
        .where((is) => is.not(is.exists(db.selectFrom('datum').select('series').where('series', '=', p.series)))),
    ),
  };
}
