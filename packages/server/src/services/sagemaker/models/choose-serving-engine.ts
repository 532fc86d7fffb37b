import type { Engine } from '../../../engines/engine.ts';
import type { EngineSet } from '../../../engines/engine-set.ts';
import { chooseEngine, considerWorkload } from '../choose-engine.ts';
import type { WorkloadTemplate } from '../endpoints/types.ts';

/** The engine for the instances of a model. Thrown when none can run them: why, and what to do. */
export function chooseServingEngine(engines: EngineSet, template: WorkloadTemplate): Promise<Engine> {
  const { logGroup, ...workload } = template;
  const probe = { ...workload, id: 'endpoint/probe/probe', logs: { group: logGroup, streams: ['probe'] } };
  return chooseEngine(engines, async (engine) => considerWorkload(engine, probe));
}
