/** The S3 door on a state folder of its own, for tests and benchmarks: front door, keys and objects, nothing else of the control plane. */
import { defaultSpotSettings } from '../../../controllers/training-jobs/spot-settings.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { wallClock } from '../../../clock.ts';
import { createFrontDoor } from '../../../front-door/front-door.ts';
import { FileObjectStore } from '../../../objects/files/file-object-store.ts';
import { openAccessKeys } from '../../../secrets/access-keys.ts';
import { s3Service } from '../index.ts';

export interface S3Door {
  endpoint: string;
  /** The folder of the buckets. */
  root: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  close(): Promise<void>;
}

export async function openS3Door(parent: string = tmpdir(), region = 'us-east-1'): Promise<S3Door> {
  const stateDir = await mkdtemp(join(parent, 'rung-s3-'));
  const root = join(stateDir, 'objects');
  const objects = new FileObjectStore({ root });
  const keys = await openAccessKeys(stateDir);
  const config = {
    stateDir,
    environmentsDir: join(stateDir, 'environments'),
    host: '127.0.0.1',
    port: 0,
    tlsPort: false,
    region,
    account: '000000000000',
    strict: false,
    maxConcurrentJobs: 1,
    engine: 'process',
    container: false,
    objects: { type: 'files' },
    spot: defaultSpotSettings,
    logLevel: 'silent',
  } as const;
  const door = createFrontDoor({ config, keys, clock: wallClock, logger: pino({ level: 'error' }) }, [
    s3Service({ objects, config }),
  ]);
  const { http } = await door.listen();
  const { id, secret } = { id: keys.first().accessKeyId, secret: keys.first().secretAccessKey };
  return {
    endpoint: `http://127.0.0.1:${http.port}`,
    root,
    credentials: { accessKeyId: id, secretAccessKey: secret },
    async close() {
      await door.close(0);
      await objects.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
