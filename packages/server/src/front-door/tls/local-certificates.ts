/** A certificate authority of this machine's own, and the certificate that it gives to the TLS listener. */
import { X509Certificate } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';

export interface LocalCertificates {
  /** PEM. */
  readonly key: string;
  /** PEM: the leaf, then its issuer. */
  readonly cert: string;
  /** What clients must trust: `AWS_CA_BUNDLE`, `NODE_EXTRA_CA_CERTS`. */
  readonly caFile: string;
}

export interface LocalCertificatesOptions {
  readonly stateDir: string;
  /** The address that is listened on, which the certificate names too. */
  readonly host: string;
  readonly now: Date;
}

/** A key with its certificate, both PEM. */
export interface Issued {
  readonly key: string;
  readonly cert: string;
}

const DAY = 24 * 60 * 60 * 1000;
/** A certificate is replaced when less than this is left of it. */
const MARGIN = 30 * DAY;

/**
 * Reads `<stateDir>/tls/`, and makes or renews what is missing, nearly over, or does not fit: the authority for ten years, the
 * certificate for one. A renewed certificate comes from the same authority, so clients notice nothing.
 */
export async function openLocalCertificates(options: LocalCertificatesOptions): Promise<LocalCertificates> {
  const { stateDir, now } = options;
  const folder = join(stateDir, 'tls');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const names = namesFor(options.host);

  let authority = read(folder, 'ca');
  if (authority === undefined || !lasts(authority, now)) {
    const { issueAuthority } = await import('./issue-certificates.ts');
    authority = await issueAuthority({
      from: new Date(now.getTime() - DAY),
      until: new Date(now.getTime() + 3652 * DAY),
    });
    write(folder, 'ca', authority);
  }
  let leaf = read(folder, 'server');
  if (leaf === undefined || !lasts(leaf, now) || !covers(leaf, names) || !isIssuedBy(leaf, authority)) {
    const { issueLeaf } = await import('./issue-certificates.ts');
    leaf = await issueLeaf(authority, {
      names,
      from: new Date(now.getTime() - DAY),
      until: new Date(now.getTime() + 365 * DAY),
    });
    write(folder, 'server', leaf);
  }
  return { key: leaf.key, cert: leaf.cert + authority.cert, caFile: join(folder, 'ca.pem') };
}

function namesFor(host: string): string[] {
  const names = ['localhost', '127.0.0.1', '::1', hostname().toLowerCase()];
  const isWildcard = host === '0.0.0.0' || host === '::';
  return [...new Set(isWildcard ? names : [...names, host.toLowerCase()])];
}

/** `undefined` where a file is missing or is none of ours any more: it is then made anew. */
function read(folder: string, name: string): Issued | undefined {
  try {
    const issued = {
      key: readFileSync(join(folder, `${name}.key.pem`), 'utf8'),
      cert: readFileSync(join(folder, `${name}.pem`), 'utf8'),
    };
    return new X509Certificate(issued.cert).publicKey === undefined ? undefined : issued;
  } catch {
    return undefined;
  }
}

function lasts({ cert }: Issued, now: Date): boolean {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  return validFromDate <= now && validToDate.getTime() - now.getTime() > MARGIN;
}

function covers({ cert }: Issued, names: readonly string[]): boolean {
  const certificate = new X509Certificate(cert);
  return names.every(
    (name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined,
  );
}

function isIssuedBy(leaf: Issued, authority: Issued): boolean {
  return new X509Certificate(leaf.cert).verify(new X509Certificate(authority.cert).publicKey);
}

/** The key first: a certificate without its key would be useless, a key without its certificate is made anew. */
function write(folder: string, name: string, { key, cert }: Issued): void {
  writePrivately(join(folder, `${name}.key.pem`), key);
  writePrivately(join(folder, `${name}.pem`), cert);
}

function writePrivately(path: string, text: string): void {
  const file = openSync(`${path}.tmp`, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.tmp`, path);
}
