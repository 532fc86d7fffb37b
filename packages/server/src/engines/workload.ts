/**
 * A Workload: N instances of a program that follows the SageMaker container contract, with these inputs, outputs,
 * resources and environment. Training jobs, and one endpoint variant each, are compiled to Workloads by pure functions;
 * engines only run Workloads and know nothing of SageMaker.
 */
import type { Input, InstanceSpec, MetricDefinition, Output, ProgramCommand } from '@rung/worker';
import type { EnvironmentRef } from '../environments/environment-ref.ts';

export interface Workload {
  /**
   * Derived from the resource and its attempt, e.g. `training-job/churn/1`, so that starting the same thing twice is starting it once.
   * Matches `[a-z-]+/[A-Za-z0-9-]+/[A-Za-z0-9-]+`.
   */
  readonly id: string;
  /** A job ends by itself; a service runs until it is stopped. */
  readonly mode: 'job' | 'service';
  readonly program: Program;
  /** How many instances, all of one type. At least 1. */
  readonly instanceCount: number;
  readonly limits: Limits;
  /** The program reaches nothing but the other hosts of its workload. Default false. */
  readonly networkIsolation?: boolean;
  /** Environment of the program, beside what the worker adds. */
  readonly environment: Readonly<Record<string, string>>;
  readonly inputs: readonly Input[];
  /** A folder that is fetched before the program starts, and stored while it runs and when it has ended, however it ends. */
  readonly checkpoints?: InstanceSpec['checkpoints'];
  /**
   * The folder `sagemaker/warmpoolcache`, by names that {@link Engine.retained} answers: what to begin with, which is consumed, and what to
   * leave it as when the program has ended.
   */
  readonly retained?: { readonly take?: string; readonly leave?: string };
  /** What differs for single instances, by index. */
  readonly instances?: readonly InstanceDifference[];
  readonly outputs: readonly Output[];
  /** Files below the base folder (`/opt/ml`) to write before the program starts, as path → content. `{host}` stands for the instance's host name. */
  readonly files: Readonly<Record<string, string>>;
  readonly metricDefinitions: readonly MetricDefinition[];
  readonly logs: {
    readonly group: string;
    /** Full name of the log stream per instance. */ readonly streams: readonly string[];
  };
  /** Namespace and dimensions of CPU, memory and disk use; `{host}` as above. */
  readonly systemMetrics?: { readonly namespace: string; readonly host: string };
  /** From SIGTERM to SIGKILL. */
  readonly stopGraceSeconds: number;
  /** Lines that the worker writes to the log before anything else, e.g. "no GPU on this machine". */
  readonly notices: readonly string[];
}

export type Program =
  /** A built-in algorithm of `@rung/algorithms`. */
  | { readonly type: 'algorithm'; readonly name: string; readonly action: 'train' | 'serve' }
  | ScriptProgram
  /** A program on the machine where the engine runs it; how {@link ProgramCommand} is started is the engine's affair. */
  | { readonly type: 'command'; readonly command: ProgramCommand }
  | {
      readonly type: 'image';
      readonly image: string;
      readonly entrypoint?: readonly string[];
      readonly arguments?: readonly string[];
    };

/** The user's own code in a named environment, with what plays the framework image's part around it. */
export interface ScriptProgram {
  readonly type: 'script';
  readonly environment: EnvironmentRef;
  /** `train`: script mode; `serve`: the model server; `process`: a processing job. */
  readonly action: 'train' | 'serve' | 'process';
  /** Run this in the environment, instead of what the action means: an entry point of the request's own, with its arguments. */
  readonly command?: readonly [string, ...string[]];
}

/** Where instances are of several types, each of these stands in place of the workload's own. */
export interface InstanceDifference {
  readonly limits: Limits;
  readonly inputs: readonly Input[];
  /** Beside the workload's own. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Limits {
  readonly vcpus: number;
  readonly memoryBytes: number;
  /** Refused when the machine has fewer: who can do without caps it, and says so in {@link Workload.notices}. */
  readonly gpus: number;
}

export interface WorkloadState {
  readonly id: string;
  readonly instances: readonly InstanceState[];
}

/** What one instance is doing, as its worker last reported and as the engine sees it. */
export interface InstanceState {
  readonly index: number;
  readonly phase: InstancePhase;
  /** Every phase entered so far, in order. */
  readonly transitions: readonly { readonly phase: InstancePhase; readonly at: string }[];
  /** Present once the phase is `exited`. */
  readonly exit?: InstanceExit;
  /** Where a service listens: `unix:/path` or `tcp:host:port`. Present from `running` on. */
  readonly address?: string;
  /** What the program left in `/opt/ml/output/message`, once it has ended; at most 1024 characters. */
  readonly exitMessage?: string;
  /** Last value of each metric definition. */
  readonly finalMetrics: readonly { readonly name: string; readonly value: number; readonly at: string }[];
}

export type InstancePhase = 'pending' | 'preparing' | 'downloading' | 'running' | 'uploading' | 'exited';

export type InstanceExit = {
  /** Exit code of the program; absent when it never ran or died by a signal. */
  readonly code?: number;
  readonly signal?: string;
  /** What /opt/ml/output/failure said, or the worker's own account; at most 1024 characters. */
  readonly message?: string;
  readonly reason:
    /** Program ended with 0 and every output is uploaded. */
    | 'completed'
    /** Program ended with another code, or by a signal that nobody here sent. */
    | 'program-failed'
    /** Killed for using more memory than its limit. */
    | 'out-of-memory'
    /** Ended after {@link Engine.stop}; outputs are uploaded all the same. */
    | 'stopped'
    /** Ended after {@link Engine.stop} with `interrupt`; checkpoints are stored, outputs are not. */
    | 'interrupted'
    /** An input could not be fetched or an output not stored; `message` says which. */
    | 'data-failed'
    /** The platform's fault: worker killed, machine restarted. The job may be started again. */
    | 'lost';
};
