/** Which engine runs what a request asks for: decided once, at Create, for jobs and models alike. */
import type { Engine } from '../../engines/engine.ts';
import type { EngineSet } from '../../engines/engine-set.ts';
import type { Program, Workload } from '../../engines/workload.ts';
import { refusalText, validationError } from './errors.ts';

/** What one engine would do with the request. */
export type Consideration =
  | { readonly type: 'able' }
  /** `program`: what it would have to run, as far as that is known. */
  | { readonly type: 'refusal'; readonly message: string; readonly program?: Program };

/**
 * The default engine when it can run the request, else the first that can.
 * Thrown when none can (ValidationException): why, in the words of an engine that is made for such programs.
 */
export async function chooseEngine(
  { default: first, byName }: EngineSet,
  consider: (engine: Engine) => Promise<Consideration>,
): Promise<Engine> {
  const others = [...byName.values()].filter((engine) => engine !== first);
  let told: string | undefined;
  let toldBySuited = false;
  for (const engine of [first, ...others]) {
    const consideration = await consider(engine);
    if (consideration.type === 'able') return engine;
    const suited = consideration.program !== undefined && runsKind(engine, consideration.program);
    if (told !== undefined && !(suited && !toldBySuited)) continue;
    told = consideration.message;
    toldBySuited = suited;
  }
  throw validationError(told ?? 'There is no engine to run this on.');
}

/** Whether an engine can run a workload, with what it says when it cannot. */
export function considerWorkload(engine: Engine, workload: Workload): Consideration {
  const { program } = workload;
  const refusal = engine.refuse(workload);
  if (refusal !== undefined) return { type: 'refusal', message: refusalText(refusal), program };
  // A built-in algorithm reads its data and nothing else: it needs no fence.
  if (workload.networkIsolation !== true || program.type === 'algorithm' || engine.capabilities.networkIsolation)
    return { type: 'able' };
  const message = `EnableNetworkIsolation: the ${engine.name} engine cannot isolate a program from the network. Leave it out, or use a container image with Docker or Podman.`;
  return { type: 'refusal', message, program };
}

function runsKind({ capabilities }: Engine, { type }: Program): boolean {
  switch (type) {
    case 'image':
      return capabilities.images;
    case 'algorithm':
      return capabilities.algorithms;
    case 'command':
    case 'script':
      return capabilities.commands;
  }
}
