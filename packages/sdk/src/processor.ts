/** Processing: any program over any data, e.g. to prepare what a training job reads. */
import type { CreateProcessingJobRequest, ProcessingInstanceType } from '@rung/wire/types/sagemaker';
import { timestampedName } from './job-names.ts';
import { ProcessingJob, type ProcessingEvent } from './processing-job.ts';
import {
  type ProcessorInputs,
  type ProcessorOutputs,
  type ProcessorUploadEvent,
  toProcessingInput,
  toProcessingOutput,
} from './processor-request.ts';
import { Session } from './session.ts';

export type RunEvent = ProcessorUploadEvent | ProcessingEvent;

export interface ProcessorOptions {
  /** Image whose program runs: a container image, a framework's, or `rung/host` for a program of the platform's machine. */
  image: string;
  /** Program to start instead of the image's own. */
  entrypoint?: readonly string[];
  /** Default `ml.m5.large`. */
  instanceType?: string;
  /** Default 1. */
  instanceCount?: number;
  environment?: Readonly<Record<string, string>>;
  /** Seconds after which the job is stopped. Default 86,400: one day. */
  maxRuntimeSeconds?: number;
  /** The program reaches no network. Default false. */
  networkIsolation?: boolean;
  /** Beginning of the job's name. Default: the image's last part. */
  baseJobName?: string;
  tags?: Readonly<Record<string, string>>;
  /** Default: a new one, to the platform that `new Session()` finds. */
  session?: Session;
}

export interface RunOptions {
  inputs?: ProcessorInputs;
  outputs?: ProcessorOutputs;
  /** Arguments of the program. */
  arguments?: readonly string[];
  /** Default: {@link ProcessorOptions.baseJobName} and the time. */
  jobName?: string;
  /** Resolve only when the job has ended. Default true. */
  wait?: boolean;
  /** Print status and log lines to stdout while waiting. Default true, unless {@link onEvent} is given. */
  logs?: boolean;
  /** Told of uploads, statuses and log lines. */
  onEvent?: (event: RunEvent) => void;
  signal?: AbortSignal;
}

export class Processor {
  readonly session: Session;
  readonly options: ProcessorOptions;
  /** The job that {@link run} created last. */
  job: ProcessingJob | undefined;

  constructor(options: ProcessorOptions) {
    this.options = options;
    this.session = options.session ?? new Session();
  }

  /**
   * Uploads the data, creates the job and follows it to its end.
   * @throws WireError when the platform refuses the job; ProcessingFailed when it fails.
   */
  async run(options: RunOptions = {}): Promise<ProcessingJob> {
    const name = options.jobName ?? timestampedName(this.options.baseJobName ?? lastPart(this.options.image));
    const printing = options.logs ?? options.onEvent === undefined;
    const onEvent = (event: RunEvent): void => {
      options.onEvent?.(event);
      if (printing) printRunEvent(event);
    };
    await this.session.sagemaker.call('CreateProcessingJob', await this.#request(name, options, onEvent));
    this.job = new ProcessingJob(this.session, name);
    if (options.wait ?? true)
      await this.job.wait({ onEvent, ...(options.signal === undefined ? {} : { signal: options.signal }) });
    return this.job;
  }

  async #request(
    name: string,
    run: RunOptions,
    onEvent: (event: ProcessorUploadEvent) => void,
  ): Promise<CreateProcessingJobRequest> {
    const { options, session } = this;
    const inputs = [];
    for (const [input, wish] of Object.entries(run.inputs ?? {}))
      inputs.push(await toProcessingInput(input, wish, session, onEvent));
    const folder = `s3://${await session.defaultBucket()}/${name}/output`;
    const outputs = Object.entries(run.outputs ?? {}).map(([output, wish]) => toProcessingOutput(output, wish, folder));
    return {
      ProcessingJobName: name,
      RoleArn: await session.role(),
      AppSpecification: {
        ImageUri: options.image,
        ...(options.entrypoint === undefined ? {} : { ContainerEntrypoint: options.entrypoint }),
        ...(run.arguments === undefined || run.arguments.length === 0 ? {} : { ContainerArguments: run.arguments }),
      },
      ...(inputs.length === 0 ? {} : { ProcessingInputs: inputs }),
      ...(outputs.length === 0 ? {} : { ProcessingOutputConfig: { Outputs: outputs } }),
      ProcessingResources: {
        ClusterConfig: {
          // Any name may be asked for; the platform refuses those it does not know.
          InstanceType: (options.instanceType ?? 'ml.m5.large') as ProcessingInstanceType,
          InstanceCount: options.instanceCount ?? 1,
          VolumeSizeInGB: 30,
        },
      },
      StoppingCondition: { MaxRuntimeInSeconds: options.maxRuntimeSeconds ?? 86_400 },
      ...(options.environment === undefined ? {} : { Environment: { ...options.environment } }),
      ...(options.networkIsolation === true ? { NetworkConfig: { EnableNetworkIsolation: true } } : {}),
      ...(options.tags === undefined
        ? {}
        : { Tags: Object.entries(options.tags).map(([Key, Value]) => ({ Key, Value })) }),
    };
  }
}

function printRunEvent(event: RunEvent): void {
  switch (event.type) {
    case 'upload':
      if (event.sent === event.total) console.log(`Uploaded input ${event.input} (${event.total} bytes)`);
      return;
    case 'status':
      console.log(event.status);
      return;
    case 'log':
      console.log(event.line);
      return;
  }
}

function lastPart(image: string): string {
  return image.split('/').at(-1)?.split(':')[0] ?? image;
}
