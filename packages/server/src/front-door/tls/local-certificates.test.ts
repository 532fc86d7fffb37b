import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openLocalCertificates } from './local-certificates.ts';

const DAY = 24 * 60 * 60 * 1000;
const now = new Date();

function folder(t: TestContext): string {
  const stateDir = mkdtempSync(join(tmpdir(), 'rung-tls-'));
  t.after(() => rmSync(stateDir, { recursive: true, force: true }));
  return stateDir;
}

async function serve(t: TestContext, stateDir: string): Promise<{ port: number; caFile: string }> {
  const { key, cert, caFile } = await openLocalCertificates({ stateDir, host: '127.0.0.1', now });
  const server = createServer({ key, cert }, (_request, response) => response.end('secret hello')).listen(
    0,
    '127.0.0.1',
  );
  t.after(() => server.close().closeAllConnections());
  await once(server, 'listening');
  // Safe: it listens on a port.
  return { port: (server.address() as AddressInfo).port, caFile };
}

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, ...env } });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  await once(child, 'close');
  return text.trim();
}

test('the authority lasts ten years, the certificate one, and only the owner reads them', async (t) => {
  const stateDir = folder(t);
  const { cert, caFile } = await openLocalCertificates({ stateDir, host: '127.0.0.1', now });
  const leaf = new X509Certificate(cert);
  const authority = new X509Certificate(readFileSync(caFile));
  assert.ok(authority.ca);
  assert.ok(!leaf.ca);
  assert.ok(leaf.verify(authority.publicKey));
  assert.ok(Math.abs(authority.validToDate.getTime() - now.getTime() - 3652 * DAY) < DAY);
  assert.ok(Math.abs(leaf.validToDate.getTime() - now.getTime() - 365 * DAY) < DAY);
  for (const name of ['localhost', hostname()]) assert.ok(leaf.checkHost(name), name);
  for (const address of ['127.0.0.1', '::1']) assert.ok(leaf.checkIP(address), address);
  const tls = join(stateDir, 'tls');
  assert.equal(statSync(tls).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(tls).sort(), ['ca.key.pem', 'ca.pem', 'server.key.pem', 'server.pem']);
  for (const file of readdirSync(tls)) assert.equal(statSync(join(tls, file)).mode & 0o777, 0o600, file);
});

test('a restart keeps both; a certificate near its end is renewed by the same authority', async (t) => {
  const stateDir = folder(t);
  const first = await openLocalCertificates({ stateDir, host: '127.0.0.1', now });
  assert.deepEqual(await openLocalCertificates({ stateDir, host: '127.0.0.1', now }), first);
  const authority = readFileSync(first.caFile, 'utf8');
  const later = await openLocalCertificates({ stateDir, host: '127.0.0.1', now: new Date(now.getTime() + 340 * DAY) });
  assert.notEqual(later.cert, first.cert);
  assert.equal(readFileSync(first.caFile, 'utf8'), authority);
});

test('another address to listen on gets a certificate that names it', async (t) => {
  const stateDir = folder(t);
  await openLocalCertificates({ stateDir, host: '127.0.0.1', now });
  const { cert } = await openLocalCertificates({ stateDir, host: '10.1.2.3', now });
  assert.ok(new X509Certificate(cert).checkIP('10.1.2.3'));
});

test('a damaged authority is made anew, and the certificate with it', async (t) => {
  const stateDir = folder(t);
  const { caFile, cert } = await openLocalCertificates({ stateDir, host: '127.0.0.1', now });
  writeFileSync(caFile, 'nonsense');
  const second = await openLocalCertificates({ stateDir, host: '127.0.0.1', now });
  assert.notEqual(second.cert, cert);
  assert.ok(new X509Certificate(second.cert).verify(new X509Certificate(readFileSync(caFile)).publicKey));
});

test('Node trusts it through NODE_EXTRA_CA_CERTS, and not without', async (t) => {
  const { port, caFile } = await serve(t, folder(t));
  for (const host of ['localhost', '127.0.0.1']) {
    const program = `fetch('https://${host}:${port}').then((r) => r.text()).then(console.log, (e) => console.log(e.cause.code))`;
    assert.equal(await run(process.execPath, ['-e', program], { NODE_EXTRA_CA_CERTS: caFile }), 'secret hello');
    assert.match(await run(process.execPath, ['-e', program], { NODE_EXTRA_CA_CERTS: '' }), /UNABLE_TO|SELF_SIGNED/);
  }
});

const python = spawnSync('python3', ['-c', 'import ssl']).status === 0;

test(
  'Python trusts it, also in its strictest mode',
  { skip: python ? false : 'python3 is not installed' },
  async (t) => {
    const { port, caFile } = await serve(t, folder(t));
    const program = `
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT
for host in ('localhost', '127.0.0.1'):
    print(urllib.request.urlopen(f'https://{host}:{sys.argv[2]}', context=context).read().decode())
`;
    assert.equal(await run('python3', ['-c', program, caFile, String(port)], {}), 'secret hello\nsecret hello');
  },
);
