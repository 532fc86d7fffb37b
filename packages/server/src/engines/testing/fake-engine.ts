import type { Capabilities, Engine, Refusal, StopOptions } from '../engine.ts';
import type { InstanceExit, InstancePhase, InstanceState, Workload, WorkloadState } from '../workload.ts';

/**
 * An engine that runs nothing: a test says what each workload does. It keeps the promises of the `Engine` seam (start once, stop and remove
 * idempotent, state survives a new control plane), so controllers are tested against the seam and not against processes.
 */
export class FakeEngine implements Engine {
  readonly name: string = 'fake';
  readonly capabilities: Capabilities;
  /** Every call that had an effect or was repeated, in order: `start training-job/x/1`. */
  readonly calls: string[] = [];
  /** What {@link refuse} answers. */
  refusal: Refusal | undefined;
  /** Thrown once by the next {@link start}, to play a machine that has run out of something. */
  startFailure: Error | undefined;
  /** What {@link stop} does beside being recorded; default: the workload goes on until the test ends it. */
  onStop: ((id: string, abandon: boolean) => void) | undefined;
  readonly #retained = new Set<string>();
  readonly #workloads = new Map<string, { workload: Workload; instances: InstanceState[] }>();
  readonly #listeners = new Set<(id: string) => void>();
  readonly #now: () => Date;

  constructor(options: { capabilities?: Partial<Capabilities>; now?: () => Date } = {}) {
    this.#now = options.now ?? (() => new Date());
    this.capabilities = {
      algorithms: true,
      commands: true,
      images: false,
      gpus: 0,
      maxInstances: 4,
      networkIsolation: false,
      realOptMl: false,
      ...options.capabilities,
    };
  }

  refuse(): Refusal | undefined {
    return this.refusal;
  }

  async start(workload: Workload): Promise<void> {
    this.calls.push(`start ${workload.id}`);
    const failure = this.startFailure;
    this.startFailure = undefined;
    if (failure !== undefined) throw failure;
    if (this.#workloads.has(workload.id)) return;
    const at = this.#now().toISOString();
    const instances = Array.from({ length: workload.instanceCount }, (_, index) => ({
      index,
      phase: 'pending' as const,
      transitions: [{ phase: 'pending' as const, at }],
      finalMetrics: [],
    }));
    this.#workloads.set(workload.id, { workload, instances });
    if (workload.retained?.take !== undefined) this.#retained.delete(workload.retained.take);
    this.#changed(workload.id);
  }

  async inspect(id: string): Promise<WorkloadState | undefined> {
    const held = this.#workloads.get(id);
    return held && { id, instances: [...held.instances] };
  }

  async stop(id: string, options: StopOptions = {}): Promise<void> {
    const abandon = options.abandon ?? false;
    const word = abandon ? 'abandon' : options.interrupt === undefined ? 'stop' : 'interrupt';
    this.calls.push(`${word} ${id}`);
    if (this.#workloads.has(id)) this.onStop?.(id, abandon);
  }

  async remove(id: string): Promise<void> {
    this.calls.push(`remove ${id}`);
    if (this.#workloads.delete(id)) this.#changed(id);
  }

  async list(): Promise<string[]> {
    return [...this.#workloads.keys()];
  }

  async retained(): Promise<string[]> {
    return [...this.#retained];
  }

  async discard(name: string): Promise<void> {
    this.calls.push(`discard ${name}`);
    this.#retained.delete(name);
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  /** The workload as it was started. */
  workload(id: string): Workload | undefined {
    return this.#workloads.get(id)?.workload;
  }

  /** Moves one instance (default: all) to a phase; `detail` adds what it reports with it, such as its address or its metrics. */
  enter(id: string, phase: InstancePhase, detail: Partial<InstanceState> = {}, only?: number): void {
    const held = this.#workloads.get(id);
    if (held === undefined) throw new Error(`The test moves ${id}, which was never started or is removed.`);
    const at = this.#now().toISOString();
    held.instances = held.instances.map((instance) =>
      only === undefined || only === instance.index
        ? { ...instance, ...detail, phase, transitions: [...instance.transitions, { phase, at }] }
        : instance,
    );
    this.#changed(id);
  }

  /** Ends one instance (default: all). */
  exit(id: string, exit: InstanceExit, detail: Partial<InstanceState> = {}, only?: number): void {
    const leave = this.#workloads.get(id)?.workload.retained?.leave;
    if (leave !== undefined && exit.reason !== 'lost') this.#retained.add(leave);
    this.enter(id, 'exited', { ...detail, exit }, only);
  }

  /** Forgets the workload without a word, as a machine does that was set up anew. */
  vanish(id: string): void {
    this.#workloads.delete(id);
  }

  #changed(id: string): void {
    for (const listener of this.#listeners) listener(id);
  }
}
