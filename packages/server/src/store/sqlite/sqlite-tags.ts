import { MAX_TAGS, TooManyTags, UnknownArn } from '../errors.ts';
import type { TagStore } from '../store.ts';
import type { SqliteFile } from './database.ts';
import type { StoreSchema } from './schema.ts';

export class SqliteTags implements TagStore {
  readonly #file: SqliteFile<StoreSchema>;
  readonly #queries: ReturnType<typeof tagQueries>;

  constructor(file: SqliteFile<StoreSchema>) {
    this.#file = file;
    this.#queries = tagQueries(file);
  }

  async get(arn: string): Promise<Record<string, string>> {
    return Object.fromEntries(this.#queries.get.all({ arn }).map(({ key, value }) => [key, value]));
  }

  async put(arn: string, tags: Record<string, string>): Promise<void> {
    this.#file.transaction(() => {
      if (!this.#queries.exists.first({ arn })) throw new UnknownArn(arn);
      this.insert(arn, tags);
    });
  }

  async remove(arn: string, keys: readonly string[]): Promise<void> {
    this.#file.transaction(() => {
      for (const key of keys) this.#queries.remove.run({ arn, key });
    });
  }

  /** Within the caller's transaction. @throws TooManyTags */
  insert(arn: string, tags: Record<string, string>): void {
    for (const [key, value] of Object.entries(tags)) this.#queries.put.run({ arn, key, value });
    const count = this.#queries.count.first({ arn })?.count ?? 0;
    if (count > MAX_TAGS) throw new TooManyTags(arn, count);
  }
}

function tagQueries(file: SqliteFile<StoreSchema>) {
  const db = file.query;
  return {
    get: file.prepare(['arn'], (p) =>
      db.selectFrom('tag').select(['key', 'value']).where('arn', '=', p.arn).orderBy('key'),
    ),
    exists: file.prepare(['arn'], (p) => db.selectFrom('resource').select('name').where('arn', '=', p.arn)),
    count: file.prepare(['arn'], (p) =>
      db
        .selectFrom('tag')
        .select((count) => count.fn.countAll<number>().as('count'))
        .where('arn', '=', p.arn),
    ),
    put: file.prepare(['arn', 'key', 'value'], (p) =>
      db
        .insertInto('tag')
        .values({ arn: p.arn, key: p.key, value: p.value })
        .onConflict((conflict) => conflict.columns(['arn', 'key']).doUpdateSet({ value: p.value })),
    ),
    remove: file.prepare(['arn', 'key'], (p) => db.deleteFrom('tag').where('arn', '=', p.arn).where('key', '=', p.key)),
  };
}
