import type { Engine } from '../../../engines/engine.ts';
import type { ServerResources } from '../../../resources.ts';

export type When = 'before' | 'after';

/** A process that dies at its n-th call: nothing that it does afterwards has an effect. */
export class MortalProcess {
  dead = false;
  calls = 0;
  diedAt = '';
  readonly #at: number;
  readonly #when: When;

  constructor(at: number, when: When) {
    this.#at = at;
    this.#when = when;
  }

  resources(real: ServerResources): ServerResources {
    const engine = this.#mortal<Engine>(real.engines.default, ['start', 'stop', 'inspect', 'remove', 'list']);
    return {
      ...real,
      store: this.#mortal(real.store, ['claim', 'commit', 'update', 'release', 'renew', 'get', 'list', 'nextDue']),
      engines: { byName: new Map([[engine.name, engine]]), default: engine },
    };
  }

  #mortal<T extends object>(real: T, methods: readonly string[]): T {
    return new Proxy(real, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const bound = value.bind(target) as (...given: unknown[]) => unknown;
        if (typeof name !== 'string' || !methods.includes(name)) return bound;
        return async (...given: unknown[]): Promise<unknown> => {
          const dies = this.#count(name);
          if (this.dead && !(dies && this.#when === 'after')) throw new Error('the process is dead');
          const answer = await bound(...given);
          if (this.dead) throw new Error('the process is dead');
          return answer;
        };
      },
    });
  }

  #count(name: string): boolean {
    if (this.dead) return false;
    this.calls += 1;
    if (this.calls !== this.#at) return false;
    this.dead = true;
    this.diedAt = name;
    return true;
  }
}
