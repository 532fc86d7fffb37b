import { after } from 'node:test';
import { startS3DoorProcess } from '../../services/s3/testing/s3-door-process.ts';
import { checkObjectStore } from '../testing/check-object-store.ts';
import { openStore } from '../testing/open-s3-store.ts';

// The memory that the store takes is that of this process: the server's is not its own.
const doors = startS3DoorProcess();
after(() => doors.end());

checkObjectStore(
  "S3ObjectStore over Rung's own door",
  async () => {
    const door = await doors.open();
    const address = { endpoint: door.endpoint, ...door.credentials };
    return {
      open: async () => openStore(address),
      crashOpener: {
        module: new URL('../testing/open-s3-store.ts', import.meta.url),
        argument: JSON.stringify(address),
      },
      dispose: () => door.close(),
    };
  },
  { listings: 15 },
);
