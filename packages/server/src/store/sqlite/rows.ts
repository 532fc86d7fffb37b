import type { Kind, Resource } from '../resource.ts';
import type { ResourceRow } from './schema.ts';

export function toResource<K extends Kind>(row: ResourceRow): Resource<K> {
  return {
    // Safe: callers select by kind, and the row was written from a draft of that kind.
    kind: row.kind as K,
    name: row.name,
    arn: row.arn,
    spec: JSON.parse(row.spec),
    status: JSON.parse(row.status),
    phase: row.phase,
    ...(row.parent === null ? {} : { parent: row.parent }),
    version: row.version,
    createdAt: new Date(row.created),
    modifiedAt: new Date(row.modified),
  };
}
