import { Random } from '@rung/algorithms';
import { RandomCutForest } from '@rung/sdk';
import type { Example } from '../example.ts';

const DAYS = 60;
const HOURS = DAYS * 24;
/** Values that a row holds, so that each is seen with the hours before it. */
const WIDTH = 24;
/** First hour and length in hours of what is planted, and what it makes of the rides. */
const EVENTS = [
  { from: 205, hours: 10, factor: 0.25, what: 'storm' },
  { from: 620, hours: 8, factor: 2.2, what: 'concert' },
  { from: 1010, hours: 14, factor: 0.3, what: 'holiday' },
  { from: 1290, hours: 6, factor: 2.5, what: 'strike' },
] as const;

export const randomCutForestExample: Example = {
  title: `randomcutforest: ${DAYS} days of taxi rides by the hour; what is unusual is not told`,
  draws: true,
  async run({ session, fit, deploy, predict }) {
    const rides = ridesByHour();
    const rows = Array.from({ length: HOURS - WIDTH + 1 }, (_, at) => rides.slice(at, at + WIDTH));
    const estimator = new RandomCutForest({ numTrees: 100, numSamplesPerTree: 256, session });
    await fit(estimator, { train: { rows } }, `Grew a forest over ${rows.length} stretches of ${WIDTH} hours`);
    const predictor = await deploy(estimator);
    const answers = await predict(
      predictor,
      () => predictor.predict<{ score: number }[]>(rows),
      ({ length }) => `Scored ${length} stretches`,
    );
    const scores = answers.map(({ score }) => score);
    const odd = rows.map((_, row) => EVENTS.some(({ from, hours }) => row + WIDTH > from && row < from + hours));
    const area = areaUnderCurve(scores, odd);
    const cutoff = cutoffOf(scores);
    const found = EVENTS.filter(({ from, hours }) =>
      scores.some((score, row) => score > cutoff && row + WIDTH > from && row < from + hours),
    );
    return {
      quality: area,
      measures: { rows: rows.length, areaUnderCurve: area, cutoff, found: found.map(({ what }) => what) },
      report: `Unusual stretches score above the others in ${(area * 100).toFixed(1)} % of the comparisons; ${found.length} of ${EVENTS.length} events rise above three deviations: ${found.map(({ what, from }) => `the ${what} of day ${Math.floor(from / 24) + 1}`).join(', ')}`,
      picture: {
        width: 900,
        chart: {
          title: { text: 'Taxi rides by the hour, and how unusual they are' },
          grid: [
            { top: 50, height: 150 },
            { top: 240, height: 140 },
          ],
          xAxis: [0, 1].map((gridIndex) => ({ gridIndex, type: 'value', max: HOURS, show: gridIndex === 1 })),
          yAxis: [
            { gridIndex: 0, name: 'rides' },
            { gridIndex: 1, name: 'score' },
          ],
          series: [
            {
              type: 'line',
              showSymbol: false,
              lineStyle: { width: 1 },
              data: rides.map((value, hour) => [hour, value]),
              markArea: {
                itemStyle: { color: '#fbd5d5' },
                data: EVENTS.map(({ from, hours }) => [{ xAxis: from }, { xAxis: from + hours }]),
              },
            },
            {
              type: 'line',
              xAxisIndex: 1,
              yAxisIndex: 1,
              showSymbol: false,
              lineStyle: { width: 1 },
              data: scores.map((score, row) => [row + WIDTH - 1, score]),
              markLine: { symbol: 'none', data: [{ yAxis: cutoff }] },
            },
          ],
        },
      },
      next: [['npx rung train randomcutforest --help', 'find what is unusual in your own CSV']],
    };
  },
};

/** Busy in the morning and in the evening, less so at weekends. */
function ridesByHour(): number[] {
  const random = new Random(12);
  return Array.from({ length: HOURS }, (_, at) => {
    const hour = at % 24;
    const weekend = Math.floor(at / 24) % 7 >= 5 ? 0.75 : 1;
    const usual = 300 + 500 * Math.exp(-((hour - 8) ** 2) / 8) + 700 * Math.exp(-((hour - 19) ** 2) / 14);
    const factor = EVENTS.find(({ from, hours }) => at >= from && at < from + hours)?.factor ?? 1;
    return Math.round(weekend * usual * factor * (1 + 0.04 * random.normal()));
  });
}

function cutoffOf(scores: readonly number[]): number {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return mean + 3 * Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
}

/** How often an unusual stretch scores above another. */
function areaUnderCurve(scores: readonly number[], odd: readonly boolean[]): number {
  const order = Array.from(scores.keys()).toSorted((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  const ranks = order.reduce((sum, row, rank) => sum + (odd[row] === true ? rank + 1 : 0), 0);
  const count = odd.filter(Boolean).length;
  return (ranks - (count * (count + 1)) / 2) / (count * (odd.length - count));
}
