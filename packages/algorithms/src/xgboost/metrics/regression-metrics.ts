/** Metrics that are means over rows, as XGBoost computes them. */
import { kernelMetric, meanMetric, type Metric } from './metric.ts';

const least = 1e-16;

export const regressionMetrics: Readonly<Record<string, (name: string, parameter: number | undefined) => Metric>> = {
  rmse: (name) => kernelMetric(name, 'squared_error', undefined, Math.sqrt),
  mse: (name) => kernelMetric(name, 'squared_error'),
  rmsle: (name) => meanMetric(name, (answer, label) => (Math.log1p(answer) - Math.log1p(label)) ** 2, Math.sqrt),
  mae: (name) => kernelMetric(name, 'absolute_error'),
  mape: (name) => meanMetric(name, (answer, label) => Math.abs((label - answer) / label)),
  mphe: (name) => meanMetric(name, (answer, label) => Math.sqrt(1 + (answer - label) ** 2) - 1),
  logloss: (name) => kernelMetric(name, 'log_loss'),
  error: (name, threshold = 0.5) => kernelMetric(name, 'threshold_error', () => [threshold]),
  'poisson-nloglik': (name) =>
    meanMetric(
      name,
      (answer, label) => logGamma(label + 1) + Math.max(answer, least) - Math.log(Math.max(answer, least)) * label,
    ),
  'gamma-deviance': (name) =>
    meanMetric(
      name,
      (answer, label) => {
        const [a, b] = [answer + 1e-6, label + 1e-6];
        return Math.log(a / b) + b / a - 1;
      },
      (mean) => 2 * mean,
    ),
  'gamma-nloglik': (name) =>
    meanMetric(name, (answer, label) => {
      const a = Math.max(answer, 1e-6);
      return label / a + Math.log(a);
    }),
  'tweedie-nloglik': (name, rho = 1.5) =>
    meanMetric(name, (answer, label) => answer ** (2 - rho) / (2 - rho) - (label * answer ** (1 - rho)) / (1 - rho)),
  'aft-nloglik': (name) =>
    meanMetric(name, (answer, label) => {
      const z = Math.log(label) - Math.log(answer);
      return -Math.log(Math.max(1e-12, Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI) / label));
    }),
  'interval-regression-accuracy': (name) => meanMetric(name, (answer, label) => (answer === label ? 1 : 0)),
};

/** Lanczos's approximation, to 15 digits. */
function logGamma(x: number): number {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const y = x - 1;
  const series = coefficients.reduce((sum, c, index) => sum + c / (y + index + 1), 0.99999999999980993);
  const t = y + coefficients.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(series);
}
