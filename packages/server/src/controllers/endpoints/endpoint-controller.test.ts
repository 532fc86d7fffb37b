import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { FakeEngine } from '../../engines/testing/fake-engine.ts';
import { RoutingTable } from '../../gateway/routing-table.ts';
import { createEndpointConfig } from '../../services/sagemaker/endpoint-configs/create-endpoint-config.ts';
import { deleteEndpointConfig } from '../../services/sagemaker/endpoint-configs/delete-endpoint-config.ts';
import { createEndpoint } from '../../services/sagemaker/endpoints/create-endpoint.ts';
import { deleteEndpoint } from '../../services/sagemaker/endpoints/delete-endpoint.ts';
import { describeEndpoint } from '../../services/sagemaker/endpoints/describe-endpoint.ts';
import { updateEndpointWeightsAndCapacities } from '../../services/sagemaker/endpoints/update-endpoint-weights-and-capacities.ts';
import { updateEndpoint } from '../../services/sagemaker/endpoints/update-endpoint.ts';
import { createModel } from '../../services/sagemaker/models/create-model.ts';
import { deleteModel } from '../../services/sagemaker/models/delete-model.ts';
import { SteppedClock } from '../../testing/stepped-clock.ts';
import { testContext, testResources, until, type TestResources } from '../../testing/test-resources.ts';
import { startControllerLoop, type ControllerLoop } from '../controller-loop.ts';
import { EndpointController } from './endpoint-controller.ts';
import { HealthProber } from './health-prober.ts';

const context = testContext();

/** A control plane whose engine runs nothing: a test says what its instances do and which of them are well. */
class Stage {
  readonly resources: TestResources;
  readonly engine: FakeEngine;
  readonly well = new Set<string>();
  routes = new RoutingTable();
  #loop: ControllerLoop | undefined;

  constructor(resources: TestResources, engine: FakeEngine) {
    this.resources = resources;
    this.engine = engine;
  }

  async startControlPlane(): Promise<void> {
    this.routes = new RoutingTable();
    const health = new HealthProber(this.resources.clock, async (address) => this.well.has(address));
    this.#loop = await startControllerLoop(new EndpointController({ routes: this.routes, health }), this.resources);
  }

  async stopControlPlane(): Promise<void> {
    await this.#loop?.stop();
    this.#loop = undefined;
  }

  async model(name: string): Promise<void> {
    const Environment = { RUNG_ENTRYPOINT: '["serve"]' };
    await createModel(
      this.resources,
      { ModelName: name, PrimaryContainer: { Image: 'rung/host', Environment } },
      context,
    );
  }

  async config(
    name: string,
    variants: readonly { name: string; model: string; count?: number; weight?: number }[],
  ): Promise<void> {
    const ProductionVariants = variants.map((variant) => ({
      VariantName: variant.name,
      ModelName: variant.model,
      InstanceType: 'ml.m5.large' as const,
      InitialInstanceCount: variant.count ?? 1,
      ...(variant.weight !== undefined && { InitialVariantWeight: variant.weight }),
    }));
    await createEndpointConfig(this.resources, { EndpointConfigName: name, ProductionVariants }, context);
  }

  describe(): ReturnType<typeof describeEndpoint> {
    return describeEndpoint(this.resources, { EndpointName: 'shop' }, context);
  }

  async status(): Promise<string> {
    return (await this.describe()).EndpointStatus;
  }

  /** Time stands still but for this: moves it on in small steps until `condition` holds. */
  async reach(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await until(what, async () => {
      if (await condition()) return true;
      await this.resources.clock.advance(20);
      return condition();
    });
  }

  async instances(): Promise<string[]> {
    return this.engine.list();
  }

  /** Lets instances listen, and be well or not. */
  run(ids: readonly string[], options: { well: boolean }): void {
    for (const id of ids) {
      const address = `unix:/${id}`;
      if (options.well) this.well.add(address);
      this.engine.enter(id, 'running', { address });
    }
  }

  serving(): string[] {
    return (
      this.routes
        .find('shop')
        ?.variants.flatMap(({ instances }) => instances.map((one) => one.workloadId))
        .sort() ?? []
    );
  }
}

async function stage(t: TestContext): Promise<Stage> {
  const clock = new SteppedClock();
  const engine = new FakeEngine({ now: () => clock.now() });
  const resources = await testResources(t, { engine, clock });
  const made = new Stage(resources, engine);
  engine.onStop = (id) => engine.exit(id, { reason: 'stopped' });
  await made.startControlPlane();
  t.after(() => made.stopControlPlane());
  await made.model('first');
  await made.config('one', [{ name: 'AllTraffic', model: 'first', count: 2 }]);
  return made;
}

/** An endpoint in service with two instances. */
async function serve(t: TestContext): Promise<{ made: Stage; ids: string[] }> {
  const made = await stage(t);
  await createEndpoint(made.resources, { EndpointName: 'shop', EndpointConfigName: 'one' }, context);
  await made.reach('two instances start', async () => (await made.instances()).length === 2);
  const ids = (await made.instances()).sort();
  made.run(ids, { well: true });
  await made.reach('the endpoint is in service', async () => (await made.status()) === 'InService');
  return { made, ids };
}

test('an endpoint is in service, and routed to, once every instance answers /ping', async (t) => {
  const made = await stage(t);
  await createEndpoint(made.resources, { EndpointName: 'shop', EndpointConfigName: 'one' }, context);
  await made.reach('two instances start', async () => (await made.instances()).length === 2);
  const [first = '', second = ''] = (await made.instances()).sort();
  made.run([first], { well: true });
  made.run([second], { well: false });
  await made.resources.clock.advance(2000);
  assert.equal(await made.status(), 'Creating');
  assert.deepEqual(made.serving(), []);
  made.well.add(`unix:/${second}`);
  await made.reach('the endpoint is in service', async () => (await made.status()) === 'InService');
  assert.deepEqual(made.serving(), [first, second]);
  const described = await made.describe();
  const [variant] = described.ProductionVariants ?? [];
  assert.equal(variant?.CurrentInstanceCount, 2);
  assert.equal(variant?.DesiredInstanceCount, 2);
  assert.equal(variant?.CurrentWeight, 1);
  assert.equal(variant?.DeployedImages?.[0]?.SpecifiedImage, 'rung/host');
  assert.equal(described.EndpointConfigName, 'one');
});

test('an instance that exits before it is healthy fails the endpoint, with its exit code and last log lines', async (t) => {
  const made = await stage(t);
  await createEndpoint(made.resources, { EndpointName: 'shop', EndpointConfigName: 'one' }, context);
  await made.reach('two instances start', async () => (await made.instances()).length === 2);
  const [id = ''] = await made.instances();
  const { logs } = made.engine.workload(id) ?? { logs: { group: '', streams: [] } };
  const message = 'ValueError: no such file: model.json';
  await made.resources.logs.append(logs.group, logs.streams[0] ?? '', [{ timestamp: new Date(), message }]);
  made.engine.exit(id, { reason: 'program-failed', code: 3 });
  await made.reach('the endpoint fails', async () => (await made.status()) === 'Failed');
  const { FailureReason = '' } = await made.describe();
  assert.match(FailureReason, /primary container for production variant AllTraffic did not pass the ping health check/);
  assert.match(FailureReason, /exit code 3/);
  assert.match(FailureReason, /ValueError: no such file: model\.json/);
  await made.reach('nothing is left', async () => (await made.instances()).length === 0);
  await deleteEndpoint(made.resources, { EndpointName: 'shop' }, context);
  await made.reach(
    'the endpoint is gone',
    async () => (await made.resources.store.get('endpoint', 'shop')) === undefined,
  );
});

test('an instance that is never healthy fails the endpoint after its startup timeout', async (t) => {
  const made = await stage(t);
  await createEndpoint(made.resources, { EndpointName: 'shop', EndpointConfigName: 'one' }, context);
  await made.reach('two instances start', async () => (await made.instances()).length === 2);
  made.run(await made.instances(), { well: false });
  await made.resources.clock.advance(200_000);
  assert.equal(await made.status(), 'Creating');
  await made.resources.clock.advance(45_000);
  await made.reach('the endpoint fails', async () => (await made.status()) === 'Failed');
  assert.match((await made.describe()).FailureReason ?? '', /240 seconds without answering GET \/ping/);
});

test('a model that cannot be fetched is named in the reason', async (t) => {
  const made = await stage(t);
  await createEndpoint(made.resources, { EndpointName: 'shop', EndpointConfigName: 'one' }, context);
  await made.reach('two instances start', async () => (await made.instances()).length === 2);
  const [id = ''] = await made.instances();
  made.engine.exit(id, { reason: 'data-failed', message: 'NoSuchKey: The specified key does not exist' });
  await made.reach('the endpoint fails', async () => (await made.status()) === 'Failed');
  assert.match(
    (await made.describe()).FailureReason ?? '',
    /^Failed to download model data for container "primary".*NoSuchKey/,
  );
});

test('an instance that crashes leaves the route at once and is replaced; the endpoint stays in service', async (t) => {
  const { made, ids } = await serve(t);
  const [crashed = '', other = ''] = ids;
  made.engine.exit(crashed, { reason: 'program-failed', signal: 'SIGSEGV' });
  await made.reach('the route has one instance', () => made.serving().join() === other);
  assert.equal(await made.status(), 'InService');
  await made.reach('a replacement starts', async () => (await made.instances()).some((id) => !ids.includes(id)));
  const replacement = (await made.instances()).filter((id) => !ids.includes(id));
  made.run(replacement, { well: true });
  await made.reach('it serves', () => made.serving().length === 2);
  assert.deepEqual(made.serving(), [other, ...replacement].sort());
  await made.reach('the crashed one is removed', async () => !(await made.instances()).includes(crashed));
});

test('an instance that crashes again and again is restarted later and later', async (t) => {
  const { made, ids } = await serve(t);
  const [, other = ''] = ids;
  const starts: number[] = [];
  let known = new Set(ids);
  made.engine.exit(ids[0] ?? '', { reason: 'program-failed', code: 1 });
  for (let crash = 0; crash < 4; crash += 1) {
    await made.reach(`replacement ${crash}`, async () => (await made.instances()).some((id) => !known.has(id)));
    starts.push(made.resources.clock.now().getTime());
    for (const id of await made.instances()) {
      if (known.has(id)) continue;
      known.add(id);
      made.engine.exit(id, { reason: 'program-failed', code: 1 });
    }
  }
  const gaps = starts.slice(1).map((start, at) => start - (starts[at] ?? 0));
  assert.ok(gaps[0] !== undefined && gaps[0] >= 1000 && gaps[0] < 1500, `first gap ${gaps[0]}`);
  assert.ok(gaps[1] !== undefined && gaps[1] >= 2000 && gaps[1] < 2500, `second gap ${gaps[1]}`);
  assert.ok(gaps[2] !== undefined && gaps[2] >= 4000 && gaps[2] < 4500, `third gap ${gaps[2]}`);
  assert.deepEqual(made.serving(), [other]);
});

test('an update switches when the new generation is healthy, and only then stops the old one', async (t) => {
  const { made, ids } = await serve(t);
  await made.model('second');
  await made.config('two', [{ name: 'AllTraffic', model: 'second', count: 1 }]);
  await updateEndpoint(made.resources, { EndpointName: 'shop', EndpointConfigName: 'two' }, context);
  await made.reach('a new instance starts', async () => (await made.instances()).length === 3);
  const fresh = (await made.instances()).filter((id) => !ids.includes(id));
  made.run(fresh, { well: false });
  await made.resources.clock.advance(3000);
  assert.equal(await made.status(), 'Updating');
  assert.deepEqual(made.serving(), ids);
  assert.equal((await made.describe()).EndpointConfigName, 'one');
  assert.equal((await made.describe()).PendingDeploymentSummary?.EndpointConfigName, 'two');
  made.well.add(`unix:/${fresh[0]}`);
  await made.reach('the update is done', async () => (await made.status()) === 'InService');
  assert.deepEqual(made.serving(), fresh);
  await made.reach('the old instances are gone', async () => (await made.instances()).join() === fresh.join());
  assert.equal((await made.describe()).EndpointConfigName, 'two');
});

test('a failed update keeps the old generation serving and says why', async (t) => {
  const { made, ids } = await serve(t);
  await made.model('broken');
  await made.config('two', [{ name: 'AllTraffic', model: 'broken' }]);
  await updateEndpoint(made.resources, { EndpointName: 'shop', EndpointConfigName: 'two' }, context);
  await made.reach('a new instance starts', async () => (await made.instances()).length === 3);
  const [fresh = ''] = (await made.instances()).filter((id) => !ids.includes(id));
  made.engine.exit(fresh, { reason: 'program-failed', code: 1 });
  await made.reach('the update ends', async () => (await made.status()) === 'InService');
  const described = await made.describe();
  assert.match(described.FailureReason ?? '', /exit code 1/);
  assert.equal(described.EndpointConfigName, 'one');
  assert.deepEqual(made.serving(), ids);
  await made.reach('the failed instance is gone', async () => (await made.instances()).length === 2);
});

test('weights and instance counts change in place', async (t) => {
  const { made, ids } = await serve(t);
  const change = (VariantName: string, DesiredInstanceCount: number, DesiredWeight: number): Promise<unknown> =>
    updateEndpointWeightsAndCapacities(
      made.resources,
      { EndpointName: 'shop', DesiredWeightsAndCapacities: [{ VariantName, DesiredInstanceCount, DesiredWeight }] },
      context,
    );
  await change('AllTraffic', 3, 0.5);
  await assert.rejects(change('AllTraffic', 1, 1), /Cannot update in-progress endpoint/);
  await made.reach('a third instance starts', async () => (await made.instances()).length === 3);
  assert.equal(await made.status(), 'Updating');
  made.run(
    (await made.instances()).filter((id) => !ids.includes(id)),
    { well: true },
  );
  await made.reach('the update is done', async () => (await made.status()) === 'InService');
  assert.equal(made.routes.find('shop')?.variants[0]?.weight, 0.5);
  await change('AllTraffic', 1, 2);
  await made.reach('one instance is left', async () => (await made.instances()).length === 1);
  assert.equal((await made.describe()).ProductionVariants?.[0]?.CurrentInstanceCount, 1);
  await assert.rejects(change('Nobody', 1, 1), /no variant named Nobody/);
});

test('an update can keep instance counts and weights that were changed since', async (t) => {
  const { made, ids } = await serve(t);
  await updateEndpointWeightsAndCapacities(
    made.resources,
    {
      EndpointName: 'shop',
      DesiredWeightsAndCapacities: [{ VariantName: 'AllTraffic', DesiredInstanceCount: 1, DesiredWeight: 7 }],
    },
    context,
  );
  await made.reach(
    'one instance is left',
    async () => (await made.instances()).length === 1 && (await made.status()) === 'InService',
  );
  await updateEndpoint(
    made.resources,
    {
      EndpointName: 'shop',
      EndpointConfigName: 'one',
      RetainAllVariantProperties: true,
      ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DesiredInstanceCount' }],
    },
    context,
  );
  await made.reach('two new instances start', async () => (await made.instances()).length === 3);
  made.run(
    (await made.instances()).filter((id) => !ids.includes(id)),
    { well: true },
  );
  await made.reach('the update is done', async () => (await made.status()) === 'InService');
  const [variant] = (await made.describe()).ProductionVariants ?? [];
  assert.equal(variant?.DesiredInstanceCount, 2);
  assert.equal(variant?.CurrentWeight, 7);
});

test('a new control plane adopts the instances, routes to them before anything else, and starts none', async (t) => {
  const { made, ids } = await serve(t);
  await made.stopControlPlane();
  const before = made.engine.calls.length;
  await made.startControlPlane();
  assert.deepEqual(made.serving(), ids);
  await made.resources.clock.advance(5000);
  assert.equal(await made.status(), 'InService');
  assert.deepEqual(made.engine.calls.slice(before), []);
});

test('an instance that became well while no control plane was there is not given up for the time that it took', async (t) => {
  const made = await stage(t);
  await createEndpoint(made.resources, { EndpointName: 'shop', EndpointConfigName: 'one' }, context);
  await made.reach('two instances start', async () => (await made.instances()).length === 2);
  made.run(await made.instances(), { well: false });
  await made.resources.clock.advance(1000);
  await made.stopControlPlane();
  for (const id of await made.instances()) made.well.add(`unix:/${id}`);
  await made.resources.clock.advance(3_600_000);
  await made.startControlPlane();
  await made.reach('the endpoint is in service', async () => (await made.status()) === 'InService');
});

test('an instance that died while no control plane was there is replaced by the next one', async (t) => {
  const { made, ids } = await serve(t);
  await made.stopControlPlane();
  made.engine.vanish(ids[0] ?? '');
  await made.startControlPlane();
  await made.reach('it leaves the route', () => made.serving().join() === ids[1]);
  await made.reach('a replacement starts', async () => (await made.instances()).length === 2);
});

test('instances that belong to no endpoint are removed at the start, workloads of others are not', async (t) => {
  const { made, ids } = await serve(t);
  await made.stopControlPlane();
  const template = made.engine.workload(ids[0] ?? '');
  assert.ok(template);
  await made.engine.start({ ...template, id: 'endpoint/shop/i-00000000000000000' });
  await made.engine.start({ ...template, id: 'training-job/churn/1' });
  await made.startControlPlane();
  assert.deepEqual((await made.instances()).sort(), [...ids, 'training-job/churn/1'].sort());
});

test('an endpoint goes on, and replaces instances, after its model and configuration were deleted', async (t) => {
  const { made, ids } = await serve(t);
  await deleteModel(made.resources, { ModelName: 'first' }, context);
  await deleteEndpointConfig(made.resources, { EndpointConfigName: 'one' }, context);
  await made.stopControlPlane();
  await made.startControlPlane();
  made.engine.exit(ids[0] ?? '', { reason: 'out-of-memory' });
  await made.reach('a replacement starts', async () => (await made.instances()).some((id) => !ids.includes(id)));
  const [fresh = ''] = (await made.instances()).filter((id) => !ids.includes(id));
  assert.deepEqual(made.engine.workload(fresh)?.program, { type: 'command', command: { argv: ['serve'] } });
});

test('an endpoint that is deleted leaves nothing behind, and its name is free again', async (t) => {
  const { made } = await serve(t);
  await deleteEndpoint(made.resources, { EndpointName: 'shop' }, context);
  await assert.rejects(
    deleteEndpoint(made.resources, { EndpointName: 'shop' }, context),
    /Cannot update in-progress endpoint/,
  );
  await made.reach(
    'the endpoint is gone',
    async () => (await made.resources.store.get('endpoint', 'shop')) === undefined,
  );
  assert.deepEqual(await made.instances(), []);
  assert.equal(made.routes.find('shop'), undefined);
  await createEndpoint(made.resources, { EndpointName: 'shop', EndpointConfigName: 'one' }, context);
  await made.reach('it comes up again', async () => (await made.instances()).length === 2);
});

test('an engine that cannot start an instance is asked again, and given up after three times', async (t) => {
  const made = await stage(t);
  await made.config('single', [{ name: 'AllTraffic', model: 'first' }]);
  made.engine.startFailure = new Error('no space left on device');
  await createEndpoint(made.resources, { EndpointName: 'shop', EndpointConfigName: 'single' }, context);
  await made.reach('a second try', () => made.engine.calls.filter((call) => call.startsWith('start ')).length === 2);
  assert.equal(await made.status(), 'Creating');
  const [second = ''] = await made.instances();
  made.engine.exit(second, { reason: 'lost' });
  await made.reach('a third try', () => made.engine.calls.filter((call) => call.startsWith('start ')).length === 3);
  const third = (await made.instances()).find((id) => id !== second) ?? '';
  made.engine.exit(third, { reason: 'lost', message: 'the worker was killed' });
  await made.reach('the endpoint fails', async () => (await made.status()) === 'Failed');
  assert.match((await made.describe()).FailureReason ?? '', /could not be kept running. the worker was killed/);
});
