/** What the hosts add up in a step: sums and totals of their rows per center, and some numbers beside. */
import type { Collective } from '../collective/collective.ts';
import type { Centers } from './centers.ts';

export interface SummedCenters {
  readonly sums: Float64Array;
  readonly totals: Float64Array;
  readonly numbers: readonly number[];
}

/** `centers`: those of this host, with the sums of its own rows, which stay as they are; they count only if it `hasRows`. All hosts get the same. */
export async function sumCenters(
  collective: Collective,
  { sums, totals }: Pick<Centers, 'sums' | 'totals'>,
  hasRows: boolean,
  numbers: readonly number[],
): Promise<SummedCenters> {
  const [width, count] = [sums.values.length, totals.values.length];
  const message = new Float64Array(width + count + numbers.length);
  if (hasRows) {
    message.set(sums.values);
    message.set(totals.values, width);
  }
  message.set(numbers, width + count);
  await collective.sum(message);
  return {
    sums: message.subarray(0, width),
    totals: message.subarray(width, width + count),
    numbers: Array.from(message.subarray(width + count)),
  };
}
