/** The environments of this machine: found, made on first use, and told about while they are made. */
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type EnvironmentFacts, buildEnvironment, draftPrefix } from './build-environment.ts';
import { takeBuildLock } from './build-lock.ts';
import { type Lock, declarations, lockName, readLock } from './declarations.ts';
import { type EnvironmentRef, environmentNames } from './environment-ref.ts';
import { type PythonInterpreter, findPython, pythonMissing } from './find-python.ts';
import type { BuildProgress } from './install-progress.ts';

/** Where a program finds its environment. `node` has no folder: it is the Node that runs this. */
export interface EnvironmentPaths {
  readonly folder: string;
  /** First on the program's PATH. */
  readonly bin: string;
  readonly python: string;
}

export type EnvironmentState =
  | { readonly type: 'ready' }
  | { readonly type: 'building'; readonly progress: BuildProgress }
  /** Told once to each waiter of the build that failed; whoever asks again starts another. */
  | { readonly type: 'failed'; readonly reason: string };

interface RunningBuild {
  progress: BuildProgress;
  readonly waiters: Set<string>;
  readonly ended: Promise<void>;
}

export interface MadeEnvironment {
  /** `tensorflow-gpu` */
  readonly name: string;
  readonly folder: string;
  readonly facts: EnvironmentFacts;
  /** Made from the lock that this Rung uses. */
  readonly current: boolean;
}

export class Environments {
  /** Folder of them all; may be shared by several control planes. */
  readonly root: string;
  readonly #builds = new Map<string, RunningBuild>();
  readonly #failures = new Map<string, string>();
  readonly #listeners = new Set<(waiter: string) => void>();
  readonly #locks = new Map<string, Lock>();
  readonly #pythons = new Map<number, PythonInterpreter>();
  readonly #closing = new AbortController();
  readonly #readLock: (name: string) => Lock;

  constructor(root: string, options: { readLock?: (name: string) => Lock } = {}) {
    this.root = root;
    this.#readLock = options.readLock ?? readLock;
  }

  /** `undefined` for `node`, which needs nothing. The folder may not be there yet. */
  paths(ref: EnvironmentRef): EnvironmentPaths | undefined {
    const lock = this.lock(ref);
    if (lock === undefined) return undefined;
    const folder = join(this.root, `${lock.name}-${lock.hash}`);
    return { folder, bin: join(folder, 'bin'), python: join(folder, 'bin', 'python') };
  }

  isReady(ref: EnvironmentRef): boolean {
    const paths = this.paths(ref);
    // Through the link to the machine's Python, which may have been taken away since.
    return paths === undefined || existsSync(paths.python);
  }

  /** Why the environment is not there and cannot be made; `undefined` when it is or can. */
  refuse(ref: EnvironmentRef): { reason: string; remedy: string } | undefined {
    const { belowPython } = declarations[ref.name];
    if (this.isReady(ref) || this.#python(belowPython) !== undefined) return undefined;
    return pythonMissing(ref.name, belowPython);
  }

  /**
   * The environment as it is now. Begins to make it in the background when it is not there.
   * @param waiter who asks, e.g. `training-job/churn`: {@link onProgress} names it when there is news.
   */
  prepare(ref: EnvironmentRef, waiter: string): EnvironmentState {
    if (this.isReady(ref)) return { type: 'ready' };
    const reason = this.#failures.get(waiter);
    if (reason !== undefined) {
      this.#failures.delete(waiter);
      return { type: 'failed', reason };
    }
    const build = this.#build(ref);
    build.waiters.add(waiter);
    return { type: 'building', progress: build.progress };
  }

  /** Resolves when the environment is there. @throws Error that says why it cannot be made. */
  async ensure(ref: EnvironmentRef, onProgress: (progress: BuildProgress) => void = () => {}): Promise<void> {
    if (this.isReady(ref)) return;
    const waiter = Symbol(ref.name).toString() + Math.random();
    const build = this.#build(ref);
    build.waiters.add(waiter);
    let told: BuildProgress | undefined;
    const unlisten = this.onProgress((who) => {
      if (who !== waiter || told === build.progress) return;
      told = build.progress;
      onProgress(told);
    });
    await build.ended;
    unlisten();
    const reason = this.#failures.get(waiter);
    this.#failures.delete(waiter);
    if (reason !== undefined) throw new Error(reason);
  }

  /** A hint that {@link prepare} has news for a waiter. Answers how to end that. */
  onProgress(listener: (waiter: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What the folder of a made environment says of it; `undefined` for `node`, and while it is not there. */
  facts(ref: EnvironmentRef): EnvironmentFacts | undefined {
    const paths = this.paths(ref);
    return paths === undefined ? undefined : readFacts(paths.folder);
  }

  /** The Python that an environment would be made with; `undefined` when this machine has none that fits. */
  python(ref: EnvironmentRef): PythonInterpreter | undefined {
    return this.#python(declarations[ref.name].belowPython);
  }

  lock(ref: EnvironmentRef): Lock | undefined {
    const name = lockName(ref);
    if (name === undefined) return undefined;
    const lock = this.#locks.get(name) ?? this.#readLock(name);
    this.#locks.set(name, lock);
    return lock;
  }

  /** Every environment that is on this machine, also those of earlier locks. */
  list(): MadeEnvironment[] {
    if (!existsSync(this.root)) return [];
    const current = new Set(
      environmentNames.flatMap((name) =>
        (['cpu', 'gpu'] as const).map((accelerator) => this.paths({ name, accelerator })?.folder),
      ),
    );
    return readdirSync(this.root).flatMap((entry) => {
      const folder = join(this.root, entry);
      const facts = entry.startsWith('.') ? undefined : readFacts(folder);
      return facts === undefined ? [] : [{ name: facts.lock, folder, facts, current: current.has(folder) }];
    });
  }

  /** Takes an environment away, with the layers that jobs put above it. Programs that run in it would fail: the caller has looked. */
  async remove({ folder }: MadeEnvironment): Promise<void> {
    const gone = join(this.root, `.gone-${process.pid}-${Date.now().toString(36)}`);
    await rename(folder, gone);
    await rm(gone, { recursive: true, force: true, maxRetries: 3 });
    await rm(join(this.root, 'layers', basename(folder)), { recursive: true, force: true, maxRetries: 3 });
  }

  /** Ends the builds that run; they begin again when somebody asks again. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The control plane is stopping.'));
    await Promise.all([...this.#builds.values()].map(({ ended }) => ended));
  }

  #build(ref: EnvironmentRef): RunningBuild {
    const lock = this.lock(ref);
    const paths = this.paths(ref);
    if (lock === undefined || paths === undefined) throw new Error(`Environment ${ref.name} is never made`);
    const running = this.#builds.get(paths.folder);
    if (running !== undefined) return running;
    const waiters = new Set<string>();
    const tell = (): void => {
      for (const waiter of waiters) for (const listener of this.#listeners) listener(waiter);
    };
    const ended = this.#make(ref, lock, paths, (progress) => {
      build.progress = progress;
      tell();
    })
      .catch((error: unknown) => {
        const reason = `Environment ${lock.name} could not be made: ${error instanceof Error ? error.message : String(error)}`;
        // A control plane that stops fails nobody: the next one asks again.
        if (!this.#closing.signal.aborted) for (const waiter of waiters) this.#failures.set(waiter, reason);
      })
      .finally(() => {
        this.#builds.delete(paths.folder);
        tell();
      });
    const build: RunningBuild = { progress: { step: 'waiting for its turn', fraction: 0 }, waiters, ended };
    this.#builds.set(paths.folder, build);
    return build;
  }

  async #make(
    ref: EnvironmentRef,
    lock: Lock,
    { folder, python: interpreter }: EnvironmentPaths,
    onProgress: (progress: BuildProgress) => void,
  ): Promise<void> {
    // Not in the caller's turn: looking for a Python takes a moment.
    await new Promise((resolve) => setImmediate(resolve));
    const { signal } = this.#closing;
    const { belowPython } = declarations[ref.name];
    const python = this.#python(belowPython);
    if (python === undefined) {
      const { reason, remedy } = pythonMissing(ref.name, belowPython);
      throw new Error(`${reason}: ${remedy}.`);
    }
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
    const release = await takeBuildLock(join(this.root, `.lock-${lock.name}`), () => existsSync(interpreter), signal);
    if (release === undefined) return;
    try {
      await this.#clear(lock, folder);
      await buildEnvironment({ lock, folder, root: this.root, python, signal, onProgress });
    } finally {
      release();
    }
  }

  /** What a killed process left of a build, and an environment whose Python is gone. */
  async #clear(lock: Lock, folder: string): Promise<void> {
    const left = readdirSync(this.root).filter((name) => name.startsWith(draftPrefix(lock)));
    for (const name of left) await rm(join(this.root, name), { recursive: true, force: true, maxRetries: 3 });
    const facts = readFacts(folder);
    if (facts !== undefined) await this.remove({ name: lock.name, folder, facts, current: true });
  }

  #python(below: number): PythonInterpreter | undefined {
    const known = this.#pythons.get(below);
    if (known !== undefined && existsSync(known.executable)) return known;
    const found = findPython(below);
    if (found !== undefined) this.#pythons.set(below, found);
    return found;
  }
}

function readFacts(folder: string): EnvironmentFacts | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'environment.json'), 'utf8')) as EnvironmentFacts; // written by a build only
  } catch {
    return undefined; // no environment, or none yet
  }
}
