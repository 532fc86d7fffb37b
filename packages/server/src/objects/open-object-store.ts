import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerConfig } from '../config.ts';
import { FileObjectStore } from './files/file-object-store.ts';
import type { ObjectStore } from './object-store.ts';

export interface OpenedObjects {
  readonly store: ObjectStore;
  /** The folder that holds the objects as files of this machine; undefined where they lie elsewhere. */
  readonly root: string | undefined;
}

/** The object store that the configuration names. @throws ConfigError when it cannot be used. */
export async function openObjectStore({
  stateDir,
  objects,
  region,
}: Pick<ServerConfig, 'stateDir' | 'objects' | 'region'>): Promise<OpenedObjects> {
  if (objects.type === 's3') {
    const { openS3ObjectStore } = await import('./s3/open-s3-object-store.ts');
    return { store: await openS3ObjectStore(objects, region), root: undefined };
  }
  const root = join(stateDir, 'objects');
  mkdirSync(root, { recursive: true });
  return { store: new FileObjectStore({ root }), root };
}
