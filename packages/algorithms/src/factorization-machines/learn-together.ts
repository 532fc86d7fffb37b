/** An epoch on several hosts: every update is by a mini-batch of each host, and all hosts hold the same weights at all times. */
import type { SparseBatch } from '../data/sparse-batch.ts';
import type { SparseBatchedData } from '../data/sparse-batched-data.ts';
import type { Gradients, Machine } from './machine.ts';
import type { FactorizationContext } from './settings.ts';
import { STATISTICS, type Statistics } from './statistics.ts';

/** What a host tells the others in each step: a head of 64-bit numbers, the ids, the gradients. */
interface Message {
  readonly rows: number;
  readonly isStopping: boolean;
  readonly statistics: Float64Array;
  readonly gradients: Gradients;
}

const head = { rows: 0, stopping: 1, features: 2, bias: 3, statistics: 4 } as const;
const OVER = { done: true, value: undefined } as const;
const HEAD = head.statistics + STATISTICS;

/** Resolves to whether the epoch was learnt whole; when one host is told to stop, all do. A host that has no more rows takes part until all have none. */
export async function learnTogether(
  { collective, stopping }: FactorizationContext,
  machine: Machine,
  data: SparseBatchedData,
  found: Statistics,
): Promise<boolean> {
  const places = new Places(machine.features);
  const batches = data.epoch();
  let isOver = false;
  for (;;) {
    const next: IteratorResult<SparseBatch, unknown> = isOver ? OVER : await batches.next();
    isOver = next.done === true;
    const own = next.done === true ? undefined : machine.gradients(next.value);
    const messages = (await collective.gather(encode(stopping.aborted, own))).map((bytes) =>
      decode(bytes, machine.stride),
    );
    if (messages.some(({ isStopping }) => isStopping)) {
      await batches.return(undefined);
      return false;
    }
    for (const { rows, statistics } of messages) found.add(rows, statistics);
    const all = messages.map(({ gradients }) => gradients).filter(({ rows }) => rows > 0);
    if (all.length === 0) return true;
    machine.apply(summed(all, places, machine.stride));
  }
}

/** Adds in the order of the hosts, so that all get the same bits. */
function summed(all: readonly Gradients[], places: Places, stride: number): Gradients {
  const ids = new Int32Array(all.reduce((sum, part) => sum + part.ids.length, 0));
  const values = new Float32Array(ids.length * stride);
  let count = 0;
  for (const part of all) {
    for (const [index, id] of part.ids.entries()) {
      const known = places.get(id);
      const to = known ?? count;
      if (known === undefined) {
        places.set(id, count);
        ids[count++] = id;
      }
      for (let lane = 0; lane < stride; lane++)
        values[to * stride + lane] = (values[to * stride + lane] ?? 0) + (part.values[index * stride + lane] ?? 0);
    }
  }
  const used = ids.subarray(0, count);
  places.forget(used);
  return {
    rows: all.reduce((sum, part) => sum + part.rows, 0),
    bias: all.reduce((sum, part) => sum + part.bias, 0),
    ids: used,
    values: values.subarray(0, count * stride),
  };
}

/** Where a feature stands in a list; quicker than a Map. */
class Places {
  /** Counted from 1. */
  readonly #places: Int32Array;

  constructor(features: number) {
    this.#places = new Int32Array(features);
  }

  get(id: number): number | undefined {
    const place = this.#places[id] ?? 0;
    return place === 0 ? undefined : place - 1;
  }

  set(id: number, place: number): void {
    this.#places[id] = place + 1;
  }

  forget(ids: Int32Array): void {
    for (const id of ids) this.#places[id] = 0;
  }
}

function encode(isStopping: boolean, own: ReturnType<Machine['gradients']> | undefined): Uint8Array {
  const count = own?.gradients.ids.length ?? 0;
  const numbers = new Float64Array(HEAD);
  numbers[head.rows] = own?.gradients.rows ?? 0;
  numbers[head.stopping] = Number(isStopping);
  numbers[head.features] = count;
  numbers[head.bias] = own?.gradients.bias ?? 0;
  own?.left.forEach((value, index) => {
    const at = head.statistics + (index % STATISTICS);
    numbers[at] = (numbers[at] ?? 0) + value;
  });
  const bytes = new Uint8Array(HEAD * 8 + count * 4 + (own?.gradients.values.byteLength ?? 0));
  bytes.set(new Uint8Array(numbers.buffer));
  if (own !== undefined) {
    new Int32Array(bytes.buffer, HEAD * 8, count).set(own.gradients.ids);
    new Float32Array(bytes.buffer, HEAD * 8 + count * 4).set(own.gradients.values);
  }
  return bytes;
}

function decode(message: Uint8Array, stride: number): Message {
  // A copy, because the bytes may begin at an odd address.
  const { buffer } = new Uint8Array(message);
  const numbers = new Float64Array(buffer, 0, HEAD);
  const rows = numbers[head.rows] ?? 0;
  const count = numbers[head.features] ?? 0;
  return {
    rows,
    isStopping: numbers[head.stopping] === 1,
    statistics: numbers.subarray(head.statistics),
    gradients: {
      rows,
      bias: numbers[head.bias] ?? 0,
      ids: new Int32Array(buffer, HEAD * 8, count),
      values: new Float32Array(buffer, HEAD * 8 + count * 4, count * stride),
    },
  };
}
