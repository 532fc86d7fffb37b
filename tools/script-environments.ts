/**
 * The environments that tests of script mode run in: made once per machine into `.cache/environments`, from the locks that the product has.
 * `node tools/script-environments.ts [NAME …]` makes them.
 */
import { join } from 'node:path';
import { Environments } from '../packages/server/src/environments/environments.ts';

export type ScriptEnvironmentName = (typeof scriptEnvironments)[number] | (typeof largeEnvironments)[number];

export const scriptEnvironments = ['scikit-learn', 'xgboost'] as const;
/** Several GB each: made only when they are named, and their tests are skipped without them. */
export const largeEnvironments = ['pytorch', 'tensorflow'] as const;

const environments = new Environments(join(import.meta.dirname, '../.cache/environments'));

/** The reason why an environment is not there yet; `undefined` when it is. */
export function findScriptEnvironment(name: ScriptEnvironmentName): string | undefined {
  return environments.isReady({ name, accelerator: 'cpu' })
    ? undefined
    : `the environment "${name}" is not made: run \`node tools/script-environments.ts ${name}\``;
}

/** Makes an environment when it is not there. Thrown when it cannot be made: Error that says why. */
export async function makeScriptEnvironment(name: ScriptEnvironmentName): Promise<void> {
  await environments.ensure({ name, accelerator: 'cpu' });
}

if (import.meta.main) {
  const asked = process.argv.slice(2);
  for (const name of asked.length === 0 ? scriptEnvironments : asked) {
    const all = [...scriptEnvironments, ...largeEnvironments];
    const known = all.find((each) => each === name);
    if (known === undefined) throw new Error(`"${name}" is no environment of the tests; there are: ${all.join(', ')}`);
    await makeScriptEnvironment(known);
    process.stdout.write(`${known}: made\n`);
  }
}
