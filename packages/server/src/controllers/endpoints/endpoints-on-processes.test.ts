/** The whole way with real processes and a client that is not ours: what the other tests of this folder show with a fake engine. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  SageMakerClient,
  UpdateEndpointCommand,
  type DescribeEndpointCommandOutput,
} from '@aws-sdk/client-sagemaker';
import {
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  ModelError,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime';
import { readFileSync } from 'node:fs';

class Platform {
  readonly stateDir = mkdtempSync(join(tmpdir(), 'rung-ep-'));
  #child: ChildProcess | undefined;
  #sagemaker: SageMakerClient | undefined;
  #runtime: SageMakerRuntimeClient | undefined;

  async start(): Promise<void> {
    const child = fork(join(import.meta.dirname, 'testing/control-plane-main.ts'), [this.stateDir]);
    this.#child = child;
    const [description] = await once(child, 'message');
    const { accessKeyId, secretAccessKey } = JSON.parse(readFileSync(join(this.stateDir, 'connection.json'), 'utf8'));
    const options = {
      endpoint: description.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
    };
    this.#sagemaker = new SageMakerClient(options);
    this.#runtime = new SageMakerRuntimeClient(options);
  }

  get sagemaker(): SageMakerClient {
    assert.ok(this.#sagemaker);
    return this.#sagemaker;
  }

  get runtime(): SageMakerRuntimeClient {
    assert.ok(this.#runtime);
    return this.#runtime;
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    if (this.#child?.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  /** As `rung down` does: nothing runs on. */
  async stop(): Promise<void> {
    this.#sagemaker?.destroy();
    this.#runtime?.destroy();
    if (this.#child?.connected !== true) return;
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  async config(name: string, mode: string, count: number): Promise<void> {
    const program = [process.execPath, join(import.meta.dirname, 'testing/model-program.ts')];
    const Environment = { RUNG_ENTRYPOINT: JSON.stringify(program), MODE: mode };
    const PrimaryContainer = { Image: 'rung/host', Environment };
    await this.sagemaker.send(
      new CreateModelCommand({
        ModelName: name,
        PrimaryContainer,
        ExecutionRoleArn: 'arn:aws:iam::000000000000:role/r',
      }),
    );
    const variant = {
      VariantName: 'v',
      ModelName: name,
      InstanceType: 'ml.m5.large',
      InitialInstanceCount: count,
    } as const;
    await this.sagemaker.send(
      new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }),
    );
  }

  async settled(): Promise<DescribeEndpointCommandOutput> {
    for (;;) {
      const described = await this.sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'shop' }));
      if (described.EndpointStatus === 'InService' || described.EndpointStatus === 'Failed') return described;
      await delay(20);
    }
  }

  async invoke(body: string): Promise<string> {
    const answer = await this.runtime.send(
      new InvokeEndpointCommand({ EndpointName: 'shop', Body: Buffer.from(body) }),
    );
    return Buffer.from(answer.Body).toString();
  }
}

async function platform(t: TestContext): Promise<Platform> {
  const made = new Platform();
  t.after(() => made.close());
  await made.start();
  await made.config('one', 'first', 2);
  await made.sagemaker.send(new CreateEndpointCommand({ EndpointName: 'shop', EndpointConfigName: 'one' }));
  return made;
}

const pidOf = (answer: string): number => Number(answer.split(' ')[1]);

test(
  'an endpoint is invoked, updated under load without a failed request, and deleted',
  { timeout: 60_000 },
  async (t) => {
    const made = await platform(t);
    assert.equal((await made.settled()).EndpointStatus, 'InService');
    const pids = new Set<number>();
    const load = { on: true, failed: [] as unknown[], modes: new Set<string>() };
    const clients = Array.from({ length: 6 }, async () => {
      while (load.on) {
        try {
          const answer = await made.invoke('work 5');
          load.modes.add(answer.split(' ')[0] ?? '');
          pids.add(pidOf(answer));
        } catch (error) {
          load.failed.push(error);
        }
      }
    });
    await made.config('two', 'second', 1);
    await made.sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'shop', EndpointConfigName: 'two' }));
    assert.equal((await made.settled()).EndpointConfigName, 'two');
    assert.match(await made.invoke('work'), /^second /);
    const alive = (): number[] => [...pids].filter((pid) => isAlive(pid));
    while (alive().length > 1) await delay(20);
    load.on = false;
    await Promise.all(clients);
    assert.deepEqual(load.failed, []);
    assert.deepEqual([...load.modes].sort(), ['first', 'second']);
    await assert.rejects(made.invoke('refuse'), (error) => {
      assert.ok(error instanceof ModelError);
      assert.equal(error.OriginalStatusCode, 400);
      assert.equal(error.OriginalMessage, 'not like this');
      return true;
    });
    const streamed = await made.runtime.send(
      new InvokeEndpointWithResponseStreamCommand({ EndpointName: 'shop', Body: Buffer.from('x') }),
    );
    let text = '';
    for await (const event of streamed.Body ?? []) text += Buffer.from(event.PayloadPart?.Bytes ?? []).toString();
    assert.match(text, /^second /);
    await made.sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'shop' }));
    while (alive().length > 0) await delay(20);
  },
);

test('a program that cannot start fails the endpoint with its last words', { timeout: 60_000 }, async (t) => {
  const made = await platform(t);
  await made.settled();
  await made.config('two', 'broken', 1);
  await made.sagemaker.send(new UpdateEndpointCommand({ EndpointName: 'shop', EndpointConfigName: 'two' }));
  const described = await made.settled();
  assert.equal(described.EndpointStatus, 'InService');
  assert.match(described.FailureReason ?? '', /ended with exit code 3.*ImportError: no module named model/s);
  assert.match(await made.invoke('work'), /^first /);
});

test(
  'a crashed instance is replaced; a killed control plane changes nothing for those that live',
  { timeout: 60_000 },
  async (t) => {
    const made = await platform(t);
    await made.settled();
    const seen = async (): Promise<number[]> => {
      const pids = new Set<number>();
      for (let n = 0; n < 30; n += 1) pids.add(pidOf(await made.invoke('work')));
      return [...pids].sort((a, b) => a - b);
    };
    const before = await seen();
    assert.equal(before.length, 2);
    const [victim = 0, other = 0] = before;
    process.kill(victim, 'SIGKILL');
    let after: number[] = [];
    while (after.length < 2 || after.includes(victim)) after = await seen();
    assert.ok(after.includes(other));
    await made.kill();
    await made.start();
    assert.deepEqual(await seen(), after);
    assert.equal((await made.settled()).EndpointStatus, 'InService');
  },
);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
