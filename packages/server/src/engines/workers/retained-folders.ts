import { mkdirSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceSpec } from '@rung/worker';
import type { Workload } from '../workload.ts';

/** What ended workloads have left for others, below `<stateDir>/warm-pools`: a folder per name, and in it one per instance. */
export class RetainedFolders {
  readonly #root: string;

  constructor(stateDir: string) {
    this.#root = join(stateDir, 'warm-pools');
  }

  ofInstance({ take, leave }: NonNullable<Workload['retained']>, index: number): NonNullable<InstanceSpec['retained']> {
    const folder = (name: string): string => join(this.#folder(name), String(index));
    return { ...(take !== undefined && { take: folder(take) }), ...(leave !== undefined && { leave: folder(leave) }) };
  }

  list(): string[] {
    mkdirSync(this.#root, { recursive: true, mode: 0o700 });
    return readdirSync(this.#root).map((name) =>
      name.replace(/\^([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    );
  }

  async discard(name: string): Promise<void> {
    await rm(this.#folder(name), { recursive: true, force: true });
  }

  /** Different for different names also where the file system does not tell `a` from `A`. */
  #folder(name: string): string {
    if (!/^[A-Za-z0-9-]+$/.test(name)) throw new Error(`"${name}" cannot be left: letters, digits and hyphens only`);
    return join(
      this.#root,
      name.replace(/[A-Z]/g, (letter) => `^${letter.toLowerCase()}`),
    );
  }
}
