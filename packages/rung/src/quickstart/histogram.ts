/** Two kinds of rows and the scores that they got, as bars side by side: how far a score tells them apart. */
import type { Picture } from './picture.ts';

const BINS = 24;

export interface ScoredKinds {
  readonly title: string;
  /** What the numbers along the axis are. */
  readonly axis: string;
  /** The scores of each kind, by the name of the kind. */
  readonly kinds: Readonly<Record<string, readonly number[]>>;
}

export function histogram({ title, axis, kinds }: ScoredKinds): Picture {
  const all = Object.values(kinds).flat();
  const lowest = Math.min(...all);
  const width = (Math.max(...all) - lowest) / BINS || 1;
  const binOf = (score: number): number => Math.min(BINS - 1, Math.floor((score - lowest) / width));
  const middles = Array.from({ length: BINS }, (_, bin) => (lowest + (bin + 0.5) * width).toFixed(2));
  return {
    chart: {
      title: { text: title },
      legend: { bottom: 0 },
      xAxis: { type: 'category', name: axis, nameLocation: 'middle', nameGap: 28, data: middles },
      yAxis: { name: 'rows' },
      series: Object.entries(kinds).map(([name, scores]) => ({
        name,
        type: 'bar',
        data: middles.map((_, bin) => scores.filter((score) => binOf(score) === bin).length),
      })),
    },
  };
}
