import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { readAuthorization } from './authorization.ts';
import { createSigningKeys } from './signing-key.ts';
import { verifySignature } from './verify-signature.ts';

const PROGRAM = `
import hashlib, json, random
from botocore.auth import SigV4Auth, S3SigV4Auth, SigV4QueryAuth, S3SigV4QueryAuth, HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from urllib.parse import quote, urlsplit
random.seed(7)
alphabet = "aZ09-._~ +/&=?#%:;,@!$'()*äß漢"
word = lambda n: ''.join(random.choice(alphabet) for _ in range(random.randint(1, n)))
out = []
for i in range(300):
    kind = random.choice(['header', 's3', 'query', 's3query', 'v2'])
    token = random.choice([None, 'tok+en/=='])
    credentials = Credentials('AKIDEXAMPLE', 'sec/ret+key', token)
    path = '/' + quote('/'.join(word(8).replace('/', '') or 'x' for _ in range(random.randint(0, 3))), safe='/~-._')
    if any(part in ('.', '..') for part in path.split('/')): continue
    params = {word(5): word(8) for _ in range(random.randint(0, 3))}
    if kind == 'v2' and random.random() < 0.5: params = {'versionId': 'a b+c', 'uploads': ''}
    query = '&'.join(quote(k, safe='-_.~') + '=' + quote(v, safe='-_.~') for k, v in params.items())
    url = 'http://localhost:7070' + path + ('?' + query if query else '')
    body = b'' if 'query' in kind else word(30).encode()
    request = AWSRequest(method=random.choice(['GET', 'PUT', 'POST']), url=url, data=body, headers={'x-amz-meta-a': '  two  spaces '} if kind in ('header', 's3') else {})
    service = 's3' if kind in ('s3', 's3query', 'v2') else 'sagemaker'
    signer = {'header': SigV4Auth, 's3': S3SigV4Auth, 'query': SigV4QueryAuth, 's3query': S3SigV4QueryAuth}.get(kind)
    if kind == 'v2': HmacV1QueryAuth(credentials, expires=600).add_auth(request)
    else: signer(credentials, service, 'eu-west-3').add_auth(request)
    parts = urlsplit(request.url)

    out.append(dict(kind=kind, method=request.method, target=(parts.path or '/') + ('?' + parts.query if parts.query else ''), headers={k.lower(): v for k, v in request.headers.items()} | {'host': 'localhost:7070'}, sha256=hashlib.sha256(body).hexdigest()))
print(json.dumps(out))
`;

interface Signed {
  kind: string;
  method: string;
  target: string;
  headers: Record<string, string>;
  sha256: string;
}

const probe = spawnSync('python3', ['-c', 'import botocore']);
const skip = probe.status === 0 ? false : 'python3 with botocore is not installed';

test('verifies what botocore signs and presigns, and nothing that was altered', { skip }, () => {
  const python = spawnSync('python3', ['-c', PROGRAM], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  assert.equal(python.status, 0, python.stderr);
  // Safe: written by the program above.
  const requests = JSON.parse(python.stdout) as Signed[];
  const keys = createSigningKeys();
  assert.ok(requests.length > 200);
  for (const { kind, sha256, ...head } of requests) {
    const authorization = readAuthorization(head);
    const options = { secretAccessKey: 'sec/ret+key', keys, now: new Date(), bodySha256: sha256 };
    const describe = `${kind} ${JSON.stringify(head)}`;
    assert.doesNotThrow(() => verifySignature(head, authorization, options), describe);
    const refused = { name: 'SignatureError', fault: 'mismatch' };
    assert.throws(() => verifySignature({ ...head, method: 'DELETE' }, authorization, options), refused, describe);
    assert.throws(
      () => verifySignature(head, authorization, { ...options, secretAccessKey: 'other' }),
      refused,
      describe,
    );
    if (authorization.source === 'header') continue;
    const late = new Date(Date.now() + 3_700_000);
    assert.throws(
      () => verifySignature(head, authorization, { ...options, now: late }),
      { fault: 'expired' },
      describe,
    );
  }
});
