/**
 * The `Store` seam: everything the control plane remembers is a {@link Resource}.
 *
 * Two kinds of writers share a row and never overwrite each other:
 *
 * - a *handler* calls {@link Store.update}; the change is applied to the row as it is now, in one transaction;
 * - a *reconciler* calls {@link Store.claim}, works outside any transaction, then {@link Store.commit}s under the
 *   lease token and the version it read. If a handler or another reconciler came between, nothing is written and
 *   the reconciler drops its work and reads again.
 *
 * Every method is asynchronous so that a networked database fits the same seam.
 */
import type { Kind, Resource, ResourceDraft } from './resource.ts';

export interface Store {
  /** Inserts a resource. Resolves only once it is on disk. @throws ResourceExists when kind and name are taken. */
  create<K extends Kind>(draft: ResourceDraft<K>): Promise<Resource<K>>;
  get<K extends Kind>(kind: K, name: string): Promise<Resource<K> | undefined>;
  getByArn(arn: string): Promise<Resource<Kind> | undefined>;
  list<K extends Kind>(kind: K, query: ListQuery): Promise<Page<Resource<K>>>;
  /**
   * Reads the row, lets `change` answer what to write (or `undefined` for nothing) and writes it, atomically. `change` must be pure and
   * may throw to refuse. Bumps the version and makes the row due at once when `change` sets `due`.
   */
  update<K extends Kind>(
    kind: K,
    name: string,
    change: (current: Resource<K>) => ResourceChange<K> | undefined,
  ): Promise<Resource<K> | undefined>;
  /** Removes a row and its tags. `guard` may throw to refuse. False when there was none. */
  remove<K extends Kind>(kind: K, name: string, guard?: (current: Resource<K>) => void): Promise<boolean>;

  /** Leases up to `limit` rows that are due and unleased (or whose lease ran out), oldest due first. */
  claim<K extends Kind>(kind: K, options: ClaimOptions): Promise<Claim<K>[]>;
  /** Prolongs a lease. False when it is no longer ours: stop working on it. */
  renew(claim: Claim<Kind>, leaseMs: number): Promise<boolean>;
  /** Writes under the claim and ends it. `undefined`: the claim was stale and nothing was written. */
  commit<K extends Kind>(claim: Claim<K>, change: ResourceChange<K>): Promise<Resource<K> | undefined>;
  /** Ends a claim without writing; the row is due again at `due` (default: unchanged). */
  release(claim: Claim<Kind>, due?: Date): Promise<void>;
  /** Ends every lease of `owner`: what a control plane does at start for the one that died before it. */
  releaseAll(owner: string): Promise<number>;
  /** The earliest moment at which a row of this kind is due, so that the loop can sleep until then. */
  nextDue(kind: Kind): Promise<Date | undefined>;

  /** A hint that a row may have become due. Delivery is best effort; returns the unsubscribe function. */
  onHint(listener: (kind: Kind, name: string) => void): () => void;

  readonly tags: TagStore;
  close(): Promise<void>;
}

export interface TagStore {
  get(arn: string): Promise<Record<string, string>>;
  /** Adds or replaces. @throws TooManyTags above 50. */
  put(arn: string, tags: Record<string, string>): Promise<void>;
  remove(arn: string, keys: readonly string[]): Promise<void>;
}

export interface ListQuery {
  nameContains?: string;
  /** Matches {@link Resource.phase}. */
  phase?: string;
  /** Only resources that belong to this one, e.g. the endpoint config of an endpoint. */
  parent?: string;
  createdAfter?: Date;
  createdBefore?: Date;
  modifiedAfter?: Date;
  modifiedBefore?: Date;
  sortBy?: 'name' | 'created' | 'modified' | 'phase';
  /** Default descending, as on AWS. */
  order?: 'ascending' | 'descending';
  /** 1 to 1000. */
  limit: number;
  /** From {@link Page.next}. @throws InvalidToken when it is not one of ours. */
  token?: string;
}

export interface Page<T> {
  items: T[];
  next?: string;
}

export interface ClaimOptions {
  owner: string;
  leaseMs: number;
  limit: number;
}

export interface Claim<K extends Kind> {
  readonly token: string;
  readonly resource: Resource<K>;
}

export interface ResourceChange<K extends Kind> {
  spec?: Resource<K>['spec'];
  status?: Resource<K>['status'];
  phase?: string;
  /** When a reconciler should look next; `null`: never, until a handler asks. Left out: unchanged. */
  due?: Date | null;
}
