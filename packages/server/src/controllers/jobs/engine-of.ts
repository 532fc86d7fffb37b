import type { Engine } from '../../engines/engine.ts';
import type { ServerResources } from '../../resources.ts';
import type { Resource } from '../../store/resource.ts';
import type { JobKind } from './job-kind.ts';

/** The engine that was chosen at Create. Thrown when this control plane was started without it: the job waits until it is back. */
export function engineOf(job: Resource<JobKind>, { engines }: ServerResources): Engine {
  const engine = engines.byName.get(job.spec.engine);
  if (engine !== undefined) return engine;
  const known = [...engines.byName.keys()].join(', ');
  throw new Error(
    `The ${job.kind} ${job.name} runs on engine "${job.spec.engine}", which this control plane lacks; it has ${known}.`,
  );
}
