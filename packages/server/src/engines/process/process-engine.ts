import type { InstanceSpec, ProgramCommand } from '@rung/worker';
import type { ScriptCommands } from '../../programs/script-commands.ts';
import type { Capabilities, Refusal } from '../engine.ts';
import type { Workload } from '../workload.ts';
import { WorkerEngine, type WorkerEngineOptions } from '../workers/worker-engine.ts';
import { refuseInputs } from '../workers/refuse-inputs.ts';
import type { InstancePaths, WorkloadRecord } from '../workers/workload-folders.ts';
import { compileInstance } from './compile-instance.ts';
import { type Machine, examineMachine } from './machine.ts';
import { arrangeMeeting, type Meeting } from './meeting.ts';
import { refusal } from './refusal.ts';

export interface ProcessEngineOptions extends WorkerEngineOptions {
  /** How a built-in algorithm is started. */
  readonly algorithmCommand: (name: string, action: 'train' | 'serve') => ProgramCommand;
  /** How a user's own code is started in its environment. Without it such programs are refused. */
  readonly scripts?: ScriptCommands;
}

/** Hosts of one workload are processes on one machine: more than this only makes sense elsewhere. */
const MAX_INSTANCES = 64;

/** Runs every instance as a worker process with the program below it, on the machine of the control plane. */
export class ProcessEngine extends WorkerEngine {
  readonly name = 'process';
  readonly capabilities: Capabilities;
  readonly #machine: Machine;
  readonly #algorithmCommand: ProcessEngineOptions['algorithmCommand'];
  readonly #scripts: ScriptCommands | undefined;
  /** For starts under way. */
  readonly #meetings = new Map<string, Meeting>();

  constructor(options: ProcessEngineOptions) {
    super(options);
    this.#algorithmCommand = options.algorithmCommand;
    this.#scripts = options.scripts;
    this.#machine = examineMachine(options.stateDir);
    this.capabilities = {
      algorithms: true,
      commands: true,
      images: false,
      gpus: this.#machine.gpus,
      maxInstances: MAX_INSTANCES,
      networkIsolation: false,
      realOptMl: this.#machine.mountsOptMl,
    };
    this.takeUp();
  }

  refuse(workload: Workload): Refusal | undefined {
    return refuseInputs(workload, this.options) ?? refusal(workload, this.capabilities, this.#scripts);
  }

  override async start(workload: Workload): Promise<void> {
    const { id, instanceCount, mode, program } = workload;
    // Services meet nobody, and neither does a built-in algorithm that is alone.
    const meets = mode === 'job' && (program.type !== 'algorithm' || instanceCount > 1);
    if (!meets || this.record(id) !== undefined) return super.start(workload);
    this.#meetings.set(id, await arrangeMeeting(instanceCount));
    await super.start(workload).finally(() => this.#meetings.delete(id));
  }

  protected compile(
    workload: Workload,
    index: number,
    record: WorkloadRecord,
    hosts: readonly InstancePaths[],
  ): InstanceSpec {
    return compileInstance(workload, index, record, hosts, {
      ...this.surroundings,
      machine: this.#machine,
      compileCache: this.compileCache,
      algorithmCommand: this.#algorithmCommand,
      scripts: this.#scripts,
      meeting: this.#meetings.get(workload.id),
    });
  }
}
