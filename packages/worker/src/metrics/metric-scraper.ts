import type { InstanceReport, MetricDefinition } from '../instance-spec.ts';
import { compileMetricRegex, limitBacktracking, type MetricRegex } from './metric-regex.ts';
import type { MetricPoster } from './metric-poster.ts';

/** Finds the values of the metric definitions in the program's lines. */
export class MetricScraper {
  readonly #definitions: { readonly definition: MetricDefinition; readonly regex: MetricRegex }[] = [];
  readonly #last = new Map<string, { value: number; at: number }>();
  readonly #poster: MetricPoster;

  /** `refused` hears of each expression that is none: the program runs all the same. */
  constructor(definitions: readonly MetricDefinition[], poster: MetricPoster, refused: (text: string) => void) {
    this.#poster = poster;
    if (definitions.length > 0) limitBacktracking();
    for (const definition of definitions) {
      try {
        this.#definitions.push({ definition, regex: compileMetricRegex(definition.regex) });
      } catch (error) {
        refused(
          `Metric "${definition.name}" is not recorded: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }

  read(line: Buffer, at: number): void {
    if (this.#definitions.length === 0) return;
    const text = line.toString('utf8');
    for (const { definition, regex } of this.#definitions) {
      const value = regex.read(text);
      if (value === undefined) continue;
      this.#last.set(definition.name, { value, at });
      this.#poster.add({
        namespace: definition.namespace,
        name: definition.name,
        dimensions: definition.dimensions,
        value,
        at,
      });
    }
  }

  /** The last value of each metric seen so far. */
  get finalMetrics(): InstanceReport['finalMetrics'] {
    return [...this.#last].map(([name, { value, at }]) => ({ name, value, at: new Date(at).toISOString() }));
  }
}
