import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { openKernels } from '../kernels/kernels.ts';
import { EntityGroups } from './entity-groups.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const most = 40;
const width = 8;

/** Few different entities, with numbers that take one digit of the sort or several. */
const cases = fc
  .record({ vectors: fc.constantFrom(1, 9, 2 ** 11, 2 ** 11 + 1, 40_000, 500_000_000), count: fc.nat({ max: most }) })
  .chain(({ vectors, count }) =>
    fc
      .array(fc.nat({ max: vectors - 1 }), { minLength: 1, maxLength: 12 })
      .chain((known) => fc.array(fc.constantFrom(...known), { minLength: count, maxLength: count }))
      .map((entities) => ({ vectors, entities })),
  );

test('rows of one entity are added up, the groups by the numbers of their entities', () => {
  const rows = kernels.heap.float32(most * width);
  for (const at of rows.values.keys()) rows.values[at] = (at * 7919) % 1000;
  const sums = kernels.heap.float32(most * width);
  fc.assert(
    fc.property(cases, ({ vectors, entities }) => {
      const groups = new EntityGroups(kernels, vectors, most);
      const count = groups.sum(Uint32Array.from(entities), rows.pointer, width, sums.pointer);
      const numbers = [...new Set(entities)].toSorted((a, b) => a - b);
      assert.deepEqual(Array.from(groups.numbers.values.subarray(0, count)), numbers);
      for (const [group, number] of numbers.entries())
        for (let column = 0; column < width; column++) {
          const own = entities.map((entity, row) => (entity === number ? (rows.values[row * width + column] ?? 0) : 0));
          assert.equal(
            sums.values[group * width + column],
            own.reduce((a, b) => a + b, 0),
          );
        }
      groups.release();
    }),
    { numRuns: 60 },
  );
});
