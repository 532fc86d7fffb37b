/** Cox regression, over the rows of all hosts: an event says something of every row that was still there, on whichever host. Ties after Breslow. */
import type { GradientTask } from './objective.ts';
import { numbersOfHosts, survivalTimes } from './survival-times.ts';

export async function coxGradients({ data, collective, margins, gradients }: GradientTask): Promise<void> {
  const { labels, order, first } = await survivalTimes(data, collective);
  const scores = await numbersOfHosts(margins.values, collective);
  const own = data.labels.values.length;
  let atRisk = 0;
  for (let row = 0; row < labels.length; row++) atRisk += Math.exp(scores[row] ?? 0);
  let inverse = 0;
  let inverseSquares = 0;
  let last = 0;
  let lastTime = 0;
  let gone = 0;
  for (const row of order) {
    const hazard = Math.exp(scores[row] ?? 0);
    const label = labels[row] ?? 0;
    const time = Math.abs(label);
    gone += last;
    if (lastTime < time) {
      atRisk -= gone;
      gone = 0;
    }
    if (label > 0) {
      inverse += 1 / atRisk;
      inverseSquares += 1 / atRisk ** 2;
    }
    lastTime = time;
    last = hazard;
    const place = row - first;
    if (place < 0 || place >= own) continue;
    const weight = data.weights?.values[place] ?? 1;
    gradients.values[2 * place] = (hazard * inverse - (label > 0 ? 1 : 0)) * weight;
    gradients.values[2 * place + 1] = (hazard * inverse - hazard ** 2 * inverseSquares) * weight;
  }
}
