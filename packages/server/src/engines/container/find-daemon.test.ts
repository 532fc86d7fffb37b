import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DaemonFinder, compileFacts } from './find-daemon.ts';

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rung-find-'));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Answers as a daemon does, or with a failure. */
async function listen(context: TestContext, socket: string, status = 200): Promise<Server> {
  const server = createServer((request, response) => {
    response.writeHead(status, { 'Libpod-API-Version': '4.3.1' });
    response.end(
      request.url?.endsWith('/info') === true ? '{"NCPU":3}' : status === 200 ? 'OK' : '{"message":"broken"}',
    );
  });
  server.listen(socket);
  await once(server, 'listening');
  context.after(() => server.close());
  return server;
}

test('without a socket nothing is there, and every place is named', (context) => {
  const runtimeDir = folder(context);
  const { finding } = new DaemonFinder(undefined, { DOCKER_HOST: `unix://${runtimeDir}/none.sock` });
  assert.deepEqual(finding, { type: 'none', looked: [`DOCKER_HOST (unix://${runtimeDir}/none.sock) is not there`] });
  const far = new DaemonFinder(undefined, { DOCKER_HOST: 'tcp://far:2375' }).finding;
  assert.deepEqual(far, { type: 'none', looked: ['DOCKER_HOST (tcp://far:2375) is no unix socket'] });
});

test('a socket is promising until somebody has asked; what answers is remembered', async (context) => {
  const socket = join(folder(context), 'd.sock');
  await listen(context, socket);
  const finder = new DaemonFinder(socket, {});
  assert.equal(finder.finding.type, 'promising');
  const found = await finder.refresh();
  assert.equal(found.type, 'found');
  assert.deepEqual(finder.finding, found);
  assert.equal(found.type === 'found' && found.facts.product, 'podman');
});

test('a socket that does not answer as a daemon is no daemon; one that comes later is found', async (context) => {
  const socket = join(folder(context), 'd.sock');
  const finder = new DaemonFinder(socket, {});
  assert.equal(finder.finding.type, 'none');
  const broken = await listen(context, socket, 500);
  const nothing = await finder.ready();
  assert.deepEqual(nothing, { type: 'none', looked: ['broken'] });
  broken.close();
  broken.closeAllConnections();
  await once(broken, 'close');
  await listen(context, socket);
  assert.equal((await finder.ready()).type, 'found');
});

test('what a daemon says of itself decides how containers reach this machine, and which GPUs they get', () => {
  const machine = { platform: 'linux', cpus: 8, gpus: 2, cdi: true } as const;
  const root = compileFacts('/s', 'docker', { NCPU: 4, Runtimes: { nvidia: {} } }, machine);
  assert.deepEqual(root, {
    socket: '/s',
    product: 'docker',
    cpus: 4,
    rootless: false,
    reach: { type: 'door' },
    gpus: { count: 2, by: 'device-requests' },
  });
  const rootless = compileFacts('/s', 'podman', { Rootless: true }, machine);
  assert.deepEqual([rootless.reach, rootless.cpus, rootless.gpus], [{ type: 'none' }, 8, { count: 2, by: 'cdi' }]);
  const desktop = compileFacts(
    '/s',
    'docker',
    { OperatingSystem: 'Docker Desktop' },
    { ...machine, platform: 'darwin' },
  );
  assert.deepEqual([desktop.reach, desktop.gpus.count], [{ type: 'name', name: 'host.docker.internal' }, 0]);
});
