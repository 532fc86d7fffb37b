import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import { defaultThreads, openKernels } from './kernels.ts';
import { KernelFault } from './thread-pool.ts';

const kernels = openKernels({ threads: 3 });
after(() => kernels.close());

test('a parallel-for runs every block once, whatever the number of blocks', () => {
  const { heap, pool } = kernels;
  const origin = heap.float32(4);
  origin.values.fill(-1);
  for (const [items, grain] of [
    [1, 1],
    [1000, 1],
    [1001, 4],
    [5, 100],
    [16_384, 1],
  ] as const) {
    const rows = heap.float32(items * 4);
    pool.parallel('kmeans', 'subtract_origin', { items, grain }, [rows.pointer, 4, origin.pointer]);
    assert.ok(
      rows.values.every((value) => value === 1),
      `${items} items by ${grain}`,
    );
    heap.free(rows.pointer);
  }
  heap.free(origin.pointer);
});

test('thousands of short jobs one after another lose no block', () => {
  const { heap, pool } = kernels;
  const rows = heap.float32(8 * 4);
  const origin = heap.float32(4);
  origin.values.fill(-1);
  for (let job = 0; job < 5000; job++)
    pool.parallel('kmeans', 'subtract_origin', { items: 8, grain: 1 }, [rows.pointer, 4, origin.pointer]);
  assert.ok(rows.values.every((value) => value === 5000));
  heap.free(rows.pointer);
  heap.free(origin.pointer);
});

test('a trap in any thread is an error in the caller, and the pool goes on', () => {
  const { pool } = kernels;
  const beyond = 0xfff0_0000;
  for (let attempt = 0; attempt < 5; attempt++) {
    assert.throws(
      () => pool.parallel('kmeans', 'subtract_origin', { items: 64, grain: 1 }, [beyond, 4, beyond]),
      (error) => error instanceof KernelFault && /kmeans\.subtract_origin failed: .*out of bounds/.test(error.message),
    );
    assert.equal(pool.parallel('csv', 'count_lines', { items: 0, grain: 1 }, [0]).length, 0);
  }
  assert.throws(() => pool.call('csv', 'count_lines', [beyond, beyond + 64]), KernelFault);
});

test('a kernel that does not exist is refused', () => {
  assert.throws(() => kernels.pool.call('csv', 'no_such', []), RangeError);
  assert.throws(() => kernels.pool.parallel('csv', 'no_such', { items: 1, grain: 1 }, []), RangeError);
});

test('a program that forgets to close its kernels still ends', () => {
  const program = `
    import { openKernels } from ${JSON.stringify(new URL('kernels.ts', import.meta.url).href)};
    const { heap, pool } = openKernels({ threads: 2 });
    const rows = heap.float32(400);
    pool.parallel('kmeans', 'subtract_origin', { items: 100, grain: 1 }, [rows.pointer, 4, rows.pointer]);
    console.log('done');`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.equal(stdout, 'done\n');
  assert.equal(status, 0);
});

test('a pool that was closed can be used again', async () => {
  const own = openKernels({ threads: 2 });
  for (let round = 0; round < 2; round++) {
    const rows = own.heap.float32(64);
    own.pool.parallel('kmeans', 'subtract_origin', { items: 16, grain: 1 }, [rows.pointer, 4, rows.pointer]);
    await own.close();
  }
});

test('the number of threads comes from the environment', () => {
  assert.equal(defaultThreads({ RUNG_THREADS: '3', OMP_NUM_THREADS: '5' }), 3);
  assert.equal(defaultThreads({ OMP_NUM_THREADS: '5' }), 5);
  assert.ok(defaultThreads({ OMP_NUM_THREADS: 'many' }) >= 1);
});
