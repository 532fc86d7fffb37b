/** The scripts that version 3 of the `sagemaker` SDK sends along to start a user's own have `/opt/ml` written in them. */
import { readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceSpec } from '../instance-spec.ts';
import { pathInside } from './path-inside.ts';

/** The channel that the SDK makes for them, below the base folder. */
const drivers = 'input/data/sm_drivers';

/** Where the program cannot have an `/opt/ml` of its own, they name the folder that plays it. Files of the user's are never touched. */
export async function relocateDrivers(
  spec: Pick<InstanceSpec, 'baseDir' | 'inputs' | 'mountOptMl' | 'program'>,
): Promise<void> {
  if (spec.mountOptMl || 'image' in spec.program) return;
  if (!spec.inputs.some(({ path, delivery }) => path === drivers && delivery === undefined)) return;
  const folder = pathInside(spec.baseDir, drivers);
  for (const name of await readdir(folder, { recursive: true })) {
    if (!/\.(py|sh)$/.test(name)) continue;
    const file = join(folder, name);
    const text = await readFile(file, 'utf8');
    // A new file: what was fetched may be shared with the object store.
    await writeFile(
      `${file}.new`,
      text.replaceAll(/\/opt\/ml(?=[/"'\s])/g, () => spec.baseDir),
    );
    await rename(`${file}.new`, file);
  }
}
