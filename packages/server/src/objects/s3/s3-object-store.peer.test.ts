/** Against an S3 that somebody else wrote. */
import { after, test } from 'node:test';
import { checkObjectStore } from '../testing/check-object-store.ts';
import { openStore } from '../testing/open-s3-store.ts';
import { type S3Peer, findS3Peer, openS3Peer } from '../testing/s3-peer.ts';

const checksums = 'moto keeps no checksum of an object that comes with one, and checks none';
const lacks: Readonly<Record<string, string>> = {
  'come back with what describes them': 'moto drops metadata whose names are percent-encoded',
  'with keys that are no good file names live side by side and go nowhere else':
    'moto answers keys like ".." with HTML',
  'are read under conditions': 'moto lets If-Unmodified-Since win over If-Match',
  'keep the checksum that was asked for': checksums,
  'agree with a sorted array, whatever the keys, prefix, delimiter and page size':
    'moto answers keys like ".." with HTML',
  'have at most 1000 entries a page, by default and at most':
    "moto needs ten seconds for a thousand objects; Rung's own door shows it",
  'a large object goes in and out in flat memory': "moto's own memory is what it measures; Rung's own door shows it",
  'refuse tokens that are not theirs': 'moto takes any token',
  'have the CRC32 of the whole object when that is asked for': checksums,
  'have the CRC32C of the whole object when that is asked for': checksums,
  'have the CRC64NVME of the whole object when that is asked for': checksums,
  'have a checksum of the checksums of their parts otherwise': checksums,
  'are listed by key and given up without a trace': 'moto answers a second abort with HTML',
  'refuse wrong parts and stay as they are': 'moto completes an upload under any key',
};

const peer = findS3Peer();
if ('missing' in peer) test('S3ObjectStore over another S3', { skip: peer.missing }, () => undefined);
else {
  let running: Promise<S3Peer> | undefined;
  after(async () => (await running)?.close());
  checkObjectStore(
    'S3ObjectStore over moto',
    async () => {
      const server = await (running ??= openS3Peer(peer.program));
      const address = { endpoint: server.endpoint, accessKeyId: 'key', secretAccessKey: 'secret' };
      return {
        open: async () => openStore(address),
        crashOpener: {
          module: new URL('../testing/open-s3-store.ts', import.meta.url),
          argument: JSON.stringify(address),
        },
        dispose: () => server.reset(),
      };
    },
    { listings: 10, lacks },
  );
}
