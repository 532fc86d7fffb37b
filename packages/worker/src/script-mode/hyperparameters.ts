/** The hyperparameters of a job, as script mode sees them: the platform's own split from the user's. Pure. */
import { type PythonValue, decodeValue, isList, pythonText, sorted } from './python-values.ts';

export interface ScriptHyperparameters {
  /** The user's, decoded. */
  readonly user: Readonly<Record<string, PythonValue>>;
  /** Those that begin with `sagemaker_`, decoded. */
  readonly platform: Readonly<Record<string, PythonValue>>;
}

export function splitHyperparameters(given: Readonly<Record<string, string>>): ScriptHyperparameters {
  const user: Record<string, PythonValue> = {};
  const platform: Record<string, PythonValue> = {};
  for (const [name, text] of Object.entries(given))
    (name.startsWith('sagemaker_') ? platform : user)[name] = decodeValue(text);
  return { user, platform };
}

/** `--name value`, `-n value`, in the order of their names; maps as `key=value,key=value`. */
export function commandArguments(user: ScriptHyperparameters['user']): string[] {
  return sorted(user).flatMap(([name, value]) => [name.length > 1 ? `--${name}` : `-${name}`, argumentText(value)]);
}

function argumentText(value: PythonValue): string {
  if (value === null) return '';
  if (typeof value !== 'object' || isList(value)) return pythonText(value);
  return sorted(value)
    .map(([name, each]) => `${name}=${pythonText(each)}`)
    .join(',');
}

/** A parameter of the platform's that must be text, or is not given. */
export function textParameter(platform: ScriptHyperparameters['platform'], name: string): string | undefined {
  const value = platform[name];
  return value === undefined || value === null || value === '' ? undefined : pythonText(value);
}
