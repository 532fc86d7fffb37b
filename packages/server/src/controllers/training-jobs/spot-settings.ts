/** What `spot` in `rung.yaml` says, complete: how managed spot training behaves on a machine that takes no capacity back by itself. */
export interface SpotSettings {
  /** How often the instances of a spot job are taken away, on average, in an hour of its running. Default 0: only when asked. */
  readonly interruptionsPerHour: number;
  /** The same seed interrupts the same jobs at the same moments. Default 0. */
  readonly seed: number;
  /** From SIGTERM to SIGKILL of an interruption. Default 120, as on AWS. */
  readonly graceSeconds: number;
  /** Share of the price that spot instances save, from 0 to below 1: BillableTimeInSeconds is that much less. Default 0, because nothing is billed here. */
  readonly discount: number;
}

export const defaultSpotSettings: SpotSettings = { interruptionsPerHour: 0, seed: 0, graceSeconds: 120, discount: 0 };

/** What `spot` accepts, for the reference and for error messages. */
export const spotKeys =
  'keys interruptionsPerHour (a number from 0 to 3600), seed (a whole number), graceSeconds (from 0 to 120), discount (from 0 to below 1)';

const allowed: Readonly<Record<keyof SpotSettings, (value: number) => boolean>> = {
  interruptionsPerHour: (value) => value >= 0 && value <= 3600,
  seed: (value) => Number.isSafeInteger(value),
  graceSeconds: (value) => value >= 0 && value <= 120,
  discount: (value) => value >= 0 && value < 1,
};

/** `undefined` when the value is not what `spot` accepts. */
export function parseSpotSettings(value: unknown): SpotSettings | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  let settings = defaultSpotSettings;
  for (const [key, part] of Object.entries(value)) {
    if (!isKey(key) || typeof part !== 'number' || !allowed[key](part)) return undefined;
    settings = { ...settings, [key]: part };
  }
  return settings;
}

function isKey(key: string): key is keyof SpotSettings {
  return Object.hasOwn(allowed, key);
}
