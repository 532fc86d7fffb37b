import type { Engine } from '../../../engines/engine.ts';
import type { EngineSet } from '../../../engines/engine-set.ts';
import { refusalText, validationError } from '../errors.ts';
import type { WorkloadTemplate } from '../endpoints/types.ts';

/** The default engine when it can run the instances, else the first that can. Thrown when none can: the default engine's reason and remedy. */
export function chooseEngine(engines: EngineSet, template: WorkloadTemplate, isolated: boolean): Engine {
  const { logGroup, ...workload } = template;
  const probe = { ...workload, id: 'endpoint/probe/probe', logs: { group: logGroup, streams: ['probe'] } };
  // A built-in algorithm reads its model and nothing else: it needs no fence.
  const fence = isolated && template.program.type !== 'algorithm';
  const others = [...engines.byName.values()].filter((engine) => engine !== engines.default);
  const able = [engines.default, ...others].find(
    (engine) => engine.refuse(probe) === undefined && (!fence || engine.capabilities.networkIsolation),
  );
  if (able !== undefined) return able;
  const refusal = engines.default.refuse(probe);
  throw validationError(
    refusal === undefined
      ? `The ${engines.default.name} engine cannot isolate a program from the network. Leave EnableNetworkIsolation out, or use an engine that can.`
      : refusalText(refusal),
  );
}
