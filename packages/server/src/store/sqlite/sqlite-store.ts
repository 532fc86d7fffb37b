/** The `Store` seam over one SQLite file: write-ahead log, on disk before a call resolves, one short transaction a call. */
import type { Clock } from '../../clock.ts';
import { ResourceExists } from '../errors.ts';
import type { Kind, Resource, ResourceDraft } from '../resource.ts';
import type { Claim, ClaimOptions, ListQuery, Page, ResourceChange, Store } from '../store.ts';
import { openDatabase, type SqliteFile } from './database.ts';
import { isUniqueViolation } from './failure.ts';
import { Hints } from './hints.ts';
import { type LeaseQueries, leaseQueries } from './lease-queries.ts';
import { listQuery, toPage } from './list-query.ts';
import { storeMigrations } from './migrations/index.ts';
import { type ResourceQueries, resourceQueries } from './resource-queries.ts';
import { toResource } from './rows.ts';
import type { StoreSchema } from './schema.ts';
import { SqliteTags } from './sqlite-tags.ts';

/**
 * Opens the file, or makes it with mode 0600. Its folder must exist, and no other control plane may use it.
 * @throws StoreUnavailable when the file is damaged, read-only, from a newer Rung, or the disk is full.
 */
export async function openSqliteStore(options: { file: string; clock: Clock }): Promise<Store> {
  const file = await openDatabase<StoreSchema>({
    file: options.file,
    synchronous: 'full',
    migrations: storeMigrations,
  });
  return new SqliteStore(file, options.clock);
}

class SqliteStore implements Store {
  readonly tags: SqliteTags;
  readonly #file: SqliteFile<StoreSchema>;
  readonly #clock: Clock;
  readonly #resources: ResourceQueries;
  readonly #leases: LeaseQueries;
  readonly #hints = new Hints();

  constructor(file: SqliteFile<StoreSchema>, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
    this.#resources = resourceQueries(file);
    this.#leases = leaseQueries(file);
    this.tags = new SqliteTags(file);
  }

  async create<K extends Kind>(draft: ResourceDraft<K>): Promise<Resource<K>> {
    const row = this.#file.transaction(() => {
      const inserted = this.#insert(draft);
      if (draft.tags) this.tags.insert(draft.arn, draft.tags);
      return inserted;
    });
    if (draft.due) this.#hints.emit(draft.kind, draft.name);
    return row;
  }

  async get<K extends Kind>(kind: K, name: string): Promise<Resource<K> | undefined> {
    return this.#read(kind, name);
  }

  async getByArn(arn: string): Promise<Resource<Kind> | undefined> {
    const row = this.#resources.getByArn.first({ arn });
    return row && toResource(row);
  }

  async list<K extends Kind>(kind: K, query: ListQuery): Promise<Page<Resource<K>>> {
    return toPage<K>(this.#file.all(listQuery(this.#file.query, kind, query)), query);
  }

  async update<K extends Kind>(
    kind: K,
    name: string,
    change: (current: Resource<K>) => ResourceChange<K> | undefined,
  ): Promise<Resource<K> | undefined> {
    let hint = false;
    const result = this.#file.transaction(() => {
      const current = this.#read(kind, name);
      const changed = current && change(current);
      if (!changed) return current;
      hint = changed.due instanceof Date;
      const row = this.#resources.update.first({ kind, name, ...this.#columns(changed) });
      return row && toResource<K>(row);
    });
    if (hint) this.#hints.emit(kind, name);
    return result;
  }

  async remove<K extends Kind>(kind: K, name: string, guard?: (current: Resource<K>) => void): Promise<boolean> {
    return this.#file.transaction(() => {
      const current = this.#read(kind, name);
      if (current) guard?.(current);
      return this.#resources.remove.run({ kind, name }) > 0;
    });
  }

  async claim<K extends Kind>(kind: K, { owner, leaseMs, limit }: ClaimOptions): Promise<Claim<K>[]> {
    const now = this.#clock.now().getTime();
    const rows = this.#leases.claim.all({ kind, owner, now, expires: now + leaseMs, limit });
    // SQLite answers updated rows in no promised order.
    rows.sort((a, b) => (a.due ?? 0) - (b.due ?? 0));
    return rows.map((row) => ({ token: row.lease_token ?? '', resource: toResource<K>(row) }));
  }

  async renew(claim: Claim<Kind>, leaseMs: number): Promise<boolean> {
    return this.#leases.renew.run({ ...key(claim), expires: this.#clock.now().getTime() + leaseMs }) > 0;
  }

  async commit<K extends Kind>(claim: Claim<K>, change: ResourceChange<K>): Promise<Resource<K> | undefined> {
    let dueAgain = change.due instanceof Date;
    const row = this.#file.transaction(() => {
      const version = claim.resource.version;
      const written = this.#leases.commit.first({ ...key(claim), version, ...this.#columns(change) });
      // Somebody wrote since the claim: end our lease all the same, so that the row need not wait for it to run out.
      if (!written) dueAgain = this.#leases.release.run({ ...key(claim), version, due: null }) > 0;
      return written;
    });
    if (dueAgain) this.#hints.emit(claim.resource.kind, claim.resource.name);
    return row && toResource<K>(row);
  }

  async release(claim: Claim<Kind>, due?: Date): Promise<void> {
    const { version, kind, name } = claim.resource;
    const released = this.#leases.release.run({ ...key(claim), version, due: due?.getTime() ?? null });
    if (released > 0) this.#hints.emit(kind, name);
  }

  async releaseAll(owner: string): Promise<number> {
    const released = this.#leases.releaseAll.all({ owner });
    // Safe: rows are only ever written from drafts, whose kinds are Kinds.
    for (const { kind, name } of released) this.#hints.emit(kind as Kind, name);
    return released.length;
  }

  async nextDue(kind: Kind): Promise<Date | undefined> {
    const moments = [this.#leases.nextFree.first({ kind })?.at, this.#leases.nextLeased.first({ kind })?.at];
    const known = moments.filter((at) => typeof at === 'number');
    return known.length > 0 ? new Date(Math.min(...known)) : undefined;
  }

  onHint(listener: (kind: Kind, name: string) => void): () => void {
    return this.#hints.subscribe(listener);
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  #read<K extends Kind>(kind: K, name: string): Resource<K> | undefined {
    const row = this.#resources.get.first({ kind, name });
    return row && toResource<K>(row);
  }

  #insert<K extends Kind>(draft: ResourceDraft<K>): Resource<K> {
    const { kind, name, arn, phase, parent = null } = draft;
    const now = this.#clock.now().getTime();
    const spec = JSON.stringify(draft.spec);
    const status = JSON.stringify(draft.status);
    const due = draft.due?.getTime() ?? null;
    try {
      this.#resources.insert.run({ kind, name, arn, phase, parent, now, due, spec, status });
    } catch (error) {
      throw isUniqueViolation(error) ? new ResourceExists(kind, name, arn) : error;
    }
    // Through JSON, so that a caller sees what every later reader will see.
    const row = { kind, name, arn, phase, parent, version: 1, created: now, modified: now, spec, status };
    return toResource<K>({ ...row, due, lease_owner: null, lease_token: null, lease_expires: null });
  }

  #columns<K extends Kind>({ spec, status, phase, due }: ResourceChange<K>) {
    // Looking again later is no modification that a user would see.
    const visible = spec !== undefined || status !== undefined || phase !== undefined;
    return {
      spec: spec === undefined ? null : JSON.stringify(spec),
      status: status === undefined ? null : JSON.stringify(status),
      phase: phase ?? null,
      modified: visible ? this.#clock.now().getTime() : null,
      setDue: due === undefined ? 0 : 1,
      due: due?.getTime() ?? null,
    };
  }
}

function key({ token, resource }: Claim<Kind>) {
  return { kind: resource.kind, name: resource.name, token };
}
