import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { chooseInstance, chooseVariant } from './choose.ts';
import { InstancePool } from './instance-pool.ts';
import { RoutingTable, type EndpointRoute } from './routing-table.ts';

function route(variants: readonly { weight: number; instances: number }[]): EndpointRoute {
  const table = new RoutingTable();
  table.publish({
    endpointName: 'e',
    account: '0',
    region: 'r',
    variants: variants.map(({ weight, instances }, at) => ({
      name: String(at),
      weight,
      containerName: 'primary',
      instances: Array.from({ length: instances }, (_, n) => ({
        workloadId: `${at}/${n}`,
        address: `unix:/${at}/${n}`,
      })),
    })),
  });
  const found = table.find('e');
  assert.ok(found);
  return found;
}

function pools(count: number): InstancePool[] {
  return Array.from({ length: count }, (_, at) => new InstancePool(String(at), `unix:/${at}`));
}

test('every variant gets its share of the weights, those without instances or weight get nothing', () => {
  const variant = fc.record({ weight: fc.integer({ min: 0, max: 5 }), instances: fc.integer({ min: 0, max: 2 }) });
  fc.assert(
    fc.property(fc.array(variant, { minLength: 2, maxLength: 6 }), (variants) => {
      const made = route(variants);
      const steps = 6000;
      const counts = variants.map(() => 0);
      // Evenly spaced numbers instead of random ones make the shares exact.
      for (let n = 0; n < steps; n += 1) {
        const chosen = chooseVariant(made, () => (n + 0.5) / steps);
        if (chosen !== undefined) counts[Number(chosen.name)] = (counts[Number(chosen.name)] ?? 0) + 1;
      }
      const alive = variants.map(({ weight, instances }) => (instances > 0 ? weight : 0));
      const total = alive.reduce((sum, weight) => sum + weight, 0);
      const living = variants.filter(({ instances }) => instances > 0).length;
      variants.forEach(({ instances }, at) => {
        const share = total > 0 ? (alive[at] ?? 0) / total : instances > 0 ? 1 / living : 0;
        assert.ok(Math.abs((counts[at] ?? 0) / steps - share) < 0.002, `variant ${at}`);
      });
    }),
  );
});

test('of two instances the less busy one is taken', () => {
  const [one, two] = pools(2);
  assert.ok(one && two);
  one.outstanding = 3;
  for (let n = 0; n < 20; n += 1) assert.equal(chooseInstance([one, two], 0), two);
});

test('an instance that refused a connection is taken only when there is no other', () => {
  const [one, two, three] = pools(3);
  assert.ok(one && two && three);
  one.avoidUntil = 100;
  two.avoidUntil = 100;
  three.outstanding = 50;
  for (let n = 0; n < 20; n += 1) assert.equal(chooseInstance([one, two, three], 50), three);
  for (let n = 0; n < 20; n += 1) assert.notEqual(chooseInstance([one, two, three], 50, three), three);
  assert.equal(chooseInstance([one], 50), one);
  assert.equal(chooseInstance([one], 50, one), undefined);
  assert.equal(chooseInstance([], 50), undefined);
});
