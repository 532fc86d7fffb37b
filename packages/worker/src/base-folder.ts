import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeHostsFile } from './program/host-names.ts';
import type { InstanceSpec } from './instance-spec.ts';
import { pathInside } from './inputs/path-inside.ts';

/** Makes the folders that the container contract promises, and the files that the workload brings. */
export function prepareBaseFolder(spec: InstanceSpec): void {
  const folders = spec.mode === 'job' ? ['input/config', 'input/data', 'model', 'output/data'] : ['model'];
  // A stream is a pipe beside where the folder would be.
  for (const input of spec.inputs) if (input.delivery?.type !== 'pipe') folders.push(input.path);
  for (const output of spec.outputs) folders.push(output.path);
  folders.push(...(spec.folders ?? []));
  if (spec.checkpoints !== undefined) folders.push(spec.checkpoints.path);
  for (const folder of folders) mkdirSync(pathInside(spec.baseDir, folder), { recursive: true });
  mkdirSync(spec.tempDir, { recursive: true, mode: 0o700 });
  if (spec.mountOptMl && spec.hostAddresses !== undefined) writeHostsFile(spec, spec.hostAddresses);
  for (const [path, content] of Object.entries(spec.files)) {
    const file = pathInside(spec.baseDir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content.replaceAll('{host}', spec.host));
  }
}
