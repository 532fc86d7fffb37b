/** The partial likelihood of Cox regression, negative and per event, over the rows of all hosts. */
import { numbersOfHosts, survivalTimes } from '../objectives/survival-times.ts';
import { quotient, type Metric, type Scored } from './metric.ts';

export function coxLikelihood(name: string): Metric {
  return { name, maximize: false, sums: sumOverEvents, value: quotient() };
}

async function sumOverEvents({ data, collective, answers }: Scored): Promise<Float64Array> {
  const { labels, order } = await survivalTimes(data, collective);
  const hazards = await numbersOfHosts(answers.values, collective);
  // All hosts know the same: one tells it.
  if (collective.rank > 0) return new Float64Array(2);
  let atRisk = hazards.reduce((sum, hazard) => sum + hazard, 0);
  let [out, events, gone] = [0, 0, 0];
  for (const [place, row] of order.entries()) {
    const label = labels[row] ?? 0;
    if (label > 0) {
      out -= Math.log(hazards[row] ?? 0) - Math.log(atRisk);
      events++;
    }
    gone += hazards[row] ?? 0;
    const next = order[place + 1];
    if (next === undefined || Math.abs(labels[next] ?? 0) > Math.abs(label)) {
      atRisk -= gone;
      gone = 0;
    }
  }
  return Float64Array.of(out, events);
}
