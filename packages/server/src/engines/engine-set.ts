import type { Engine } from './engine.ts';

/** The engines of this control plane by name, and the one that jobs get when they name none. */
export interface EngineSet {
  readonly byName: ReadonlyMap<string, Engine>;
  readonly default: Engine;
}
