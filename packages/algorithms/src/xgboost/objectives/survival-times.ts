/** What Cox regression compares: the rows of all hosts, one host after the other, in the order of their times. */
import type { Collective } from '../../collective/collective.ts';
import type { DataSet } from '../matrix.ts';

export interface SurvivalTimes {
  /** A negative label is a time at which a row was last seen, a positive one a time at which its event came. */
  readonly labels: Float32Array;
  /** Rows by the size of their label, ties in their order. */
  readonly order: Int32Array;
  /** The first row of this host. */
  readonly first: number;
}

const known = new WeakMap<DataSet, Promise<SurvivalTimes>>();

/** Hosts exchange them once. */
export function survivalTimes(data: DataSet, collective: Collective): Promise<SurvivalTimes> {
  const before = known.get(data);
  if (before !== undefined) return before;
  const times = gatherTimes(data.labels.values, collective);
  known.set(data, times);
  return times;
}

async function gatherTimes(own: Float32Array, collective: Collective): Promise<SurvivalTimes> {
  const hosts = await rowsOfHosts(own, collective);
  const labels = joined(hosts);
  const order = Int32Array.from(labels, (_, row) => row).sort(
    (a, b) => Math.abs(labels[a] ?? 0) - Math.abs(labels[b] ?? 0) || a - b,
  );
  const first = hosts.slice(0, collective.rank).reduce((rows, { length }) => rows + length, 0);
  return { labels, order, first };
}

/** One number per row of every host. */
export async function numbersOfHosts(own: Float32Array, collective: Collective): Promise<Float32Array> {
  return joined(await rowsOfHosts(own, collective));
}

async function rowsOfHosts(own: Float32Array, collective: Collective): Promise<Float32Array[]> {
  if (collective.size === 1) return [own];
  const all = await collective.gather(new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
  return all.map((bytes) => new Float32Array(new Uint8Array(bytes).buffer));
}

function joined(hosts: readonly Float32Array[]): Float32Array {
  const [only] = hosts;
  if (only !== undefined && hosts.length === 1) return only;
  const rows = new Float32Array(hosts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const host of hosts) {
    rows.set(host, at);
    at += host.length;
  }
  return rows;
}
