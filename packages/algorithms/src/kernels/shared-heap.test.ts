import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { GrowingArray } from './growing-array.ts';
import { HeapExhausted, SharedHeap } from './shared-heap.ts';

test('pieces never overlap, are aligned, and freed memory is used again', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.constant('free' as const)), { maxLength: 60 }),
      (steps) => {
        const heap = new SharedHeap();
        const live: { pointer: number; bytes: number }[] = [];
        for (const step of steps) {
          if (step === 'free') {
            const piece = live.shift();
            if (piece !== undefined) heap.free(piece.pointer);
            continue;
          }
          const piece = { pointer: heap.allocate(step), bytes: step };
          assert.equal(piece.pointer % 64, 0);
          for (const other of live)
            assert.ok(piece.pointer >= other.pointer + other.bytes || piece.pointer + piece.bytes <= other.pointer);
          live.push(piece);
        }
        for (const { pointer } of live) heap.free(pointer);
        assert.equal(heap.bytesInUse, 0);
        assert.equal(heap.allocate(1), 1024);
      },
    ),
  );
});

test('views stay valid while memory grows', () => {
  const heap = new SharedHeap();
  const small = heap.float64(4);
  small.values[3] = 42;
  heap.allocate(50_000_000);
  assert.equal(small.values[3], 42);
  small.values[0] = 7;
  assert.equal(heap.viewFloat64(small.pointer, 4)[0], 7);
});

test('more than a kernel can address is refused with the numbers', () => {
  const heap = new SharedHeap();
  assert.throws(
    () => heap.allocate(5_000_000_000),
    (error) => error instanceof HeapExhausted && /4769 MB wanted/.test(error.message),
  );
  assert.throws(() => heap.free(12), RangeError);
});

test('a piece grows where it lies when there is room behind it, and its new bytes are zero', () => {
  const heap = new SharedHeap();
  const first = heap.allocate(100);
  const second = heap.allocate(100);
  heap.viewBytes(second, 100).fill(9);
  assert.equal(heap.extend(first, 200), false);
  heap.free(second);
  heap.viewBytes(first, 100).fill(7);
  assert.equal(heap.extend(first, 200), true);
  assert.ok(heap.viewBytes(first + 128, 72).every((byte) => byte === 0));
  assert.equal(heap.viewBytes(first, 100)[99], 7);
  const third = heap.allocate(64);
  const fourth = heap.allocate(64);
  heap.free(third);
  assert.equal(heap.extend(first, 320), true);
  assert.equal(heap.extend(first, 321), false);
  assert.equal(heap.allocateZeros(64), fourth + 64);
  assert.throws(() => heap.extend(12, 1), RangeError);
  assert.throws(() => heap.extend(fourth + 64, 5_000_000_000), HeapExhausted);
});

test('what is asked for as zeros is zero, also where others have been', () => {
  const heap = new SharedHeap();
  heap.float32(100).values.fill(3);
  heap.reset();
  assert.ok(heap.int32(200).values.every((value) => value === 0));
  const piece = heap.bytes(1000);
  piece.values.fill(5);
  heap.free(piece.pointer);
  assert.ok(heap.float64(300).values.every((value) => value === 0));
});

test('a growing array keeps what it is told to keep and clears the rest', () => {
  const heap = new SharedHeap();
  const array = new GrowingArray(heap);
  heap.viewBytes(array.reserve(100), 100).fill(9);
  const pointer = array.reserve(1000, 50);
  assert.deepEqual(
    Array.from(heap.viewBytes(pointer, 100)),
    Array.from({ length: 100 }, (_, index) => (index < 50 ? 9 : 0)),
  );
  heap.viewBytes(pointer, array.capacity).fill(9);
  array.reserve(5000, 50);
  assert.equal(array.pointer, pointer);
  assert.ok(heap.viewBytes(pointer, 5000).every((byte, index) => byte === (index < 50 ? 9 : 0)));
  array.release();
  assert.equal(heap.bytesInUse, 0);
});
