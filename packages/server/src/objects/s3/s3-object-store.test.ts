import { openS3Door } from '../../services/s3/testing/s3-door.ts';
import { checkObjectStore } from '../testing/check-object-store.ts';
import { openStore } from '../testing/open-s3-store.ts';

checkObjectStore(
  "S3ObjectStore over Rung's own door",
  async () => {
    const door = await openS3Door();
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
  { listings: 15, parties: 2 },
);
