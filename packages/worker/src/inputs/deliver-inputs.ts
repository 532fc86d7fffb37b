import type { InstanceSpec } from '../instance-spec.ts';
import { fetchInputs } from './fetch-inputs.ts';
import type { Pipes } from './pipes/open-pipes.ts';

/**
 * Has all inputs ready for the program: files and links in the base folder, streams open. The caller closes the streams that are answered.
 * Thrown as by {@link fetchInputs}; nothing is left open then.
 */
export async function deliverInputs(spec: InstanceSpec, signal: AbortSignal): Promise<Pipes | undefined> {
  const streams = spec.inputs.some(({ delivery }) => delivery?.type === 'pipe');
  if (!streams) {
    await fetch(spec, signal);
    return undefined;
  }
  const { openPipes } = await import('./pipes/open-pipes.ts');
  const [pipes, fetched] = await Promise.allSettled([openPipes(spec, signal), fetch(spec, signal)]);
  if (fetched.status === 'rejected' && pipes.status === 'fulfilled') await pipes.value.close();
  if (fetched.status === 'rejected') throw fetched.reason;
  if (pipes.status === 'rejected') throw pipes.reason;
  return pipes.value;
}

async function fetch(spec: InstanceSpec, signal: AbortSignal): Promise<void> {
  await fetchInputs(spec, signal);
  if (spec.inputs.some(({ name }) => name === 'sm_drivers'))
    await (await import('./relocate-drivers.ts')).relocateDrivers(spec);
}
