/** Against an S3 that somebody else wrote. */
import { describe, test } from 'node:test';
import { checkObjectStore } from '../testing/check-object-store.ts';
import { openStore } from '../testing/open-s3-store.ts';
import { findS3Peer, openS3Peer } from '../testing/s3-peer.ts';

const peer = findS3Peer();
if ('missing' in peer) test('S3ObjectStore over another S3', { skip: peer.missing }, () => undefined);
else {
  checkObjectStore(
    'S3ObjectStore over moto',
    async () => {
      const { endpoint, close } = await openS3Peer(peer.program);
      const address = { endpoint, accessKeyId: 'key', secretAccessKey: 'secret' };
      return {
        open: async () => openStore(address),
        crashOpener: {
          module: new URL('../testing/open-s3-store.ts', import.meta.url),
          argument: JSON.stringify(address),
        },
        dispose: close,
      };
    },
    { listings: 10 },
  );
}
