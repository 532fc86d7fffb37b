import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A registry of one image that asks for a password, as far as a pull needs one. */
export interface PlainRegistry {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly image: string;
  /** Pulls that were let in: reads of the manifest. */
  pulls(): number;
  close(): void;
}

export async function startRegistry(rootArchive: string, user: string, password: string): Promise<PlainRegistry> {
  const blobs = new Map<string, { readonly type: string; readonly bytes: Buffer }>();
  const put = (type: string, bytes: Buffer): { mediaType: string; size: number; digest: string } => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    blobs.set(digest, { type, bytes });
    return { mediaType: type, size: bytes.length, digest };
  };
  const tar = readFileSync(rootArchive);
  const config = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(tar).digest('hex')}`] },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: put('application/vnd.docker.container.image.v1+json', Buffer.from(JSON.stringify(config))),
    layers: [put('application/vnd.docker.image.rootfs.diff.tar.gzip', gzipSync(tar, { level: 1 }))],
  };
  const { digest } = put(manifest.mediaType, Buffer.from(JSON.stringify(manifest)));
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  let pulls = 0;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== wanted) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"', 'Content-Type': 'application/json' });
      response.end('{"errors":[{"code":"UNAUTHORIZED","message":"who are you?"}]}');
      return;
    }
    const path = request.url ?? '';
    const blob = blobs.get(path.endsWith('/manifests/1') ? digest : (path.split('/').at(-1) ?? ''));
    if (path.endsWith('/manifests/1') && request.method === 'GET') pulls += 1;
    if (path !== '/v2/' && blob === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'Content-Type': blob?.type ?? 'application/json',
      'Content-Length': blob?.bytes.length ?? 0,
      'Docker-Content-Digest': digest,
    });
    response.end(request.method === 'HEAD' ? undefined : blob?.bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has one while it listens
  return {
    host,
    image: `${host}/private/shell:1`,
    pulls: () => pulls,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
