/**
 * CPU time of one SigV4 verification and one signature of a small invocation, ours beside @smithy/signature-v4.
 *
 * Claim: a verification, reading the header and hashing the body included, takes at most 30 µs.
 *
 * `node benchmarks/sigv4.ts [rounds]`
 */
import { report } from './report.ts';
import { createHash, createHmac, hash } from 'node:crypto';
import { createSigningKeys, readAuthorization, signRequest, verifySignature } from '@rung/wire';
import { SignatureV4 } from '@smithy/signature-v4';

const CLAIM_US = 30;
const rounds = Number(process.argv[2] ?? 9);
const CALLS = 5000;

const body = '5.1,3.5,1.4,0.2';
const url = new URL('http://127.0.0.1:7070/endpoints/iris/invocations');
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const scope = { region: 'us-east-1', service: 'sagemaker' };
const unsigned = { method: 'POST', url, headers: { 'content-type': 'text/csv', accept: '*/*' }, body };
const keys = createSigningKeys();
const signed = signRequest(unsigned, credentials, scope);
const head = {
  method: 'POST',
  target: url.pathname,
  headers: { ...signed, host: url.host, 'user-agent': 'Boto3/1.43', 'content-length': String(body.length) },
};

/** The peer over the same native hashes, so that the difference is the signer's. */
class NativeSha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {}
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

const peer = new SignatureV4({ credentials, ...scope, sha256: NativeSha256 });
const peerRequest = {
  method: 'POST',
  protocol: 'http:',
  hostname: '127.0.0.1',
  port: 7070,
  path: url.pathname,
  headers: { ...unsigned.headers, host: url.host },
  body,
};

const subjects = {
  'our verification': () => {
    hash('sha256', body, 'hex');
    verifySignature(head, readAuthorization(head), {
      secretAccessKey: credentials.secretAccessKey,
      keys,
      now: new Date(),
    });
  },
  'our signature': () => void signRequest(unsigned, credentials, { ...scope, keys }),
  "smithy's signature": () => peer.sign(peerRequest),
};

const taken = new Map<string, number[]>();
for (let round = 0; round < rounds; round += 1) {
  for (const [name, subject] of Object.entries(subjects)) {
    const from = process.cpuUsage();
    for (let call = 0; call < CALLS; call += 1) await subject();
    const { user, system } = process.cpuUsage(from);
    if (round > 0) taken.set(name, [...(taken.get(name) ?? []), (user + system) / CALLS]);
  }
}

const medians = new Map(
  [...taken].map(([name, times]) => [name, times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN]),
);
const peerTime = medians.get("smithy's signature") ?? Number.NaN;
const ours = medians.get('our verification') ?? Number.NaN;
for (const [name, time] of medians) console.log(`${name}: ${time.toFixed(1)} µs CPU`);
report('Signatures', [
  {
    measure: 'verification of a signed request',
    ours: `${ours.toFixed(1)} µs CPU`,
    peer: `${peerTime.toFixed(1)} µs, one signature of @smithy/signature-v4`,
    ratio: ours / peerTime,
    target: `≤ ${CLAIM_US} µs`,
    holds: ours <= CLAIM_US,
  },
]);
