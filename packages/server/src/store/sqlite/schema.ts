/** The tables as the migrations leave them. Times are milliseconds since the epoch. */
export interface StoreSchema {
  resource: ResourceRow;
  tag: TagRow;
}

export interface ResourceRow {
  kind: string;
  name: string;
  arn: string;
  phase: string;
  parent: string | null;
  version: number;
  created: number;
  modified: number;
  /** When a reconciler should look; null when none needs to. */
  due: number | null;
  lease_owner: string | null;
  lease_token: string | null;
  lease_expires: number | null;
  /** JSON. Last, as it may be long: the short columns are then read without it. */
  spec: string;
  status: string;
}

export interface TagRow {
  arn: string;
  key: string;
  value: string;
}
