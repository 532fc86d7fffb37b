import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { wallClock } from '../../clock.ts';
import { openFrontDoor } from '../../front-door/testing/open-front-door.ts';
import { type Answer, signedFetch } from '../../front-door/testing/signed-fetch.ts';
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts';
import { stsService } from '../sts/index.ts';
import { iamService } from './index.ts';

type Call = (service: 'iam' | 'sts', parameters: Record<string, string>) => Promise<Answer>;

async function open(t: TestContext): Promise<Call> {
  const folder = mkdtempSync(join(tmpdir(), 'rung-iam-'));
  const store = await openSqliteStore({ file: join(folder, 'rung.db'), clock: wallClock });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const door = await openFrontDoor(t, { services: (keys) => [iamService({ store, keys }), stsService({ keys })] });
  return (service, parameters) =>
    signedFetch(door, {
      service,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: String(new URLSearchParams({ Version: service === 'iam' ? '2010-05-08' : '2011-06-15', ...parameters })),
    });
}

test('the role that keys play is always there', async (t) => {
  const call = await open(t);
  const role = await call('iam', { Action: 'GetRole', RoleName: 'RungRole' });
  assert.match(role.text, /<Arn>arn:aws:iam::000000000000:role\/RungRole<\/Arn>/);
  const caller = await call('sts', { Action: 'GetCallerIdentity' });
  const id = /<RoleId>(\w+)</.exec(role.text)?.[1];
  assert.ok(id !== undefined && caller.text.includes(`<UserId>${id}:first</UserId>`));
  assert.equal((await call('iam', { Action: 'DeleteRole', RoleName: 'RungRole' })).code, 'DeleteConflict');
});

test('a role is made, found, listed and deleted', async (t) => {
  const call = await open(t);
  const policy = '{"Version":"2012-10-17"}';
  const made = await call('iam', {
    Action: 'CreateRole',
    RoleName: 'Mine',
    Path: '/service-role/',
    AssumeRolePolicyDocument: policy,
  });
  assert.match(made.text, /arn:aws:iam::000000000000:role\/service-role\/Mine/);
  const again = await call('iam', { Action: 'CreateRole', RoleName: 'Mine', AssumeRolePolicyDocument: policy });
  assert.deepEqual([again.code, again.status], ['EntityAlreadyExists', 409]);
  const broken = await call('iam', { Action: 'CreateRole', RoleName: 'Other', AssumeRolePolicyDocument: '{' });
  assert.equal(broken.code, 'MalformedPolicyDocument');
  assert.match((await call('iam', { Action: 'GetRole', RoleName: 'Mine' })).text, /%22Version%22/);
  assert.deepEqual(
    [...(await call('iam', { Action: 'ListRoles' })).text.matchAll(/<RoleName>(\w+)/g)].map(([, name]) => name),
    ['RungRole', 'Mine'],
  );
  assert.equal((await call('iam', { Action: 'DeleteRole', RoleName: 'Mine' })).status, 200);
  const gone = await call('iam', { Action: 'GetRole', RoleName: 'Mine' });
  assert.deepEqual([gone.code, gone.status], ['NoSuchEntity', 404]);
});

test('users are the names of keys', async (t) => {
  const call = await open(t);
  assert.match((await call('iam', { Action: 'GetUser' })).text, /<UserName>first</);
  assert.equal((await call('iam', { Action: 'GetUser', UserName: 'nobody' })).code, 'NoSuchEntity');
});

test('every role may do everything, and says so', async (t) => {
  const call = await open(t);
  const simulate = {
    Action: 'SimulatePrincipalPolicy',
    PolicySourceArn: 'arn:aws:iam::000000000000:role/RungRole',
    'ActionNames.member.1': 'sagemaker:CreateTrainingJob',
    'ActionNames.member.2': 's3:GetObject',
  };
  const { text } = await call('iam', simulate);
  assert.deepEqual(
    [...text.matchAll(/<EvalActionName>([^<]+)|<EvalDecision>([^<]+)/g)].map(
      ([, action, decision]) => action ?? decision,
    ),
    ['sagemaker:CreateTrainingJob', 'allowed', 's3:GetObject', 'allowed'],
  );
  assert.equal(
    (await call('iam', { ...simulate, PolicySourceArn: 'arn:aws:s3:::bucket-of-mine' })).code,
    'InvalidInput',
  );
  assert.equal((await call('iam', { ...simulate, 'PolicyInputList.member.1': '{}' })).code, 'NotImplemented');
});

test('what a session may not do is refused, not ignored', async (t) => {
  const call = await open(t);
  const assume = { Action: 'AssumeRole', RoleArn: 'arn:aws:iam::000000000000:role/R', RoleSessionName: 'me' };
  assert.match((await call('sts', assume)).text, /<Arn>arn:aws:sts::000000000000:assumed-role\/R\/me</);
  assert.equal((await call('sts', { ...assume, Policy: '{}' })).code, 'NotImplemented');
  assert.equal(
    (await call('sts', { ...assume, RoleArn: 'arn:aws:iam::000000000000:user/someone' })).code,
    'ValidationError',
  );
  assert.equal((await call('sts', { ...assume, DurationSeconds: '60' })).code, 'ValidationError');
});
