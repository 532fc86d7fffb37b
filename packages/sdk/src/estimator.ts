/** The first of the two lines: `await estimator.fit(…)`. */
import type { CreateTrainingJobRequest, MetricDefinition, TrainingInstanceType } from '@rung/wire/types/sagemaker';
import { printEvent } from './print-event.ts';
import { type FitInputs, type UploadEvent, toChannel } from './fit-inputs.ts';
import { timestampedName } from './job-names.ts';
import { Model } from './model.ts';
import type { DeployOptions } from './model.ts';
import type { Predictor } from './predictor.ts';
import { Session } from './session.ts';
import { TrainingJob, type TrainingEvent } from './training-job.ts';
import { scriptEnvironment, servingImage } from './trained-script.ts';

export type HyperparameterValue = string | number | boolean | readonly (string | number)[];
export type FitEvent = UploadEvent | TrainingEvent;

export interface EstimatorOptions {
  /** Image whose program trains: a built-in algorithm's (`linear-learner`), or any that the platform's engine can run. */
  image: string;
  /** Sent as SageMaker wants them: every value as text, lists as JSON. Default: none. */
  hyperparameters?: Readonly<Record<string, HyperparameterValue | undefined>>;
  /** Default `ml.m5.large`. */
  instanceType?: string;
  /** Default 1. */
  instanceCount?: number;
  /** How CSV files are described to the program. Default `text/csv`. */
  csvContentType?: string;
  /** Program to start instead of the image's own, and its arguments. */
  entrypoint?: readonly string[];
  arguments?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** Values to read from the program's log: the first group of the expression is the value. */
  metricDefinitions?: readonly { name: string; regex: string }[];
  /** `s3://bucket/prefix` for the model. Default: the session's default bucket. */
  outputPath?: string;
  /** Seconds after which the job is stopped. Default 86,400, one day, or what {@link spot} allows when that is less. */
  maxRuntimeSeconds?: number;
  /**
   * Runs on Spot instances, which may be taken away: the job then starts again, from its checkpoints if it stores any. `maxWaitSeconds` bounds
   * waiting and running together. Default: on-demand instances.
   */
  spot?: { readonly maxWaitSeconds: number };
  /** `s3://bucket/prefix` that `/opt/ml/checkpoints` is fetched from and stored to while the program runs. Default: checkpoints are not kept. */
  checkpoints?: string;
  /** Seconds for which the instances are kept when the job has ended, for a job that asks for the same. Default 0. */
  keepAliveSeconds?: number;
  /** Beginning of the job's name. Default: the image's last part. */
  baseJobName?: string;
  tags?: Readonly<Record<string, string>>;
  /** Default: a new one, to the platform that `new Session()` finds. */
  session?: Session;
}

export interface FitOptions {
  /** Default: {@link EstimatorOptions.baseJobName} and the time. */
  jobName?: string;
  /** Resolve only when the job has ended. Default true. */
  wait?: boolean;
  /** Print status and log lines to stdout while waiting. Default true, unless {@link onEvent} is given. */
  logs?: boolean;
  /** Told of uploads, statuses, log lines and progress. */
  onEvent?: (event: FitEvent) => void;
  signal?: AbortSignal;
}

export class Estimator {
  readonly session: Session;
  readonly options: EstimatorOptions;
  /** The job that {@link fit} created last. */
  job: TrainingJob | undefined;

  constructor(options: EstimatorOptions) {
    this.options = options;
    this.session = options.session ?? new Session();
  }

  /** The estimator of a job that exists, to deploy it or to read its results. */
  static async attach(jobName: string, session: Session = new Session()): Promise<Estimator> {
    const job = new TrainingJob(session, jobName);
    const description = await job.describe();
    const estimator = new Estimator({
      image: description.AlgorithmSpecification?.TrainingImage ?? '',
      hyperparameters: description.HyperParameters ?? {},
      session,
    });
    estimator.job = job;
    return estimator;
  }

  /**
   * Uploads the data, creates the job and follows it to its end.
   * @throws WireError when the platform refuses the job; TrainingFailed when it fails.
   */
  async fit(inputs: FitInputs, options: FitOptions = {}): Promise<TrainingJob> {
    const name = options.jobName ?? timestampedName(this.options.baseJobName ?? lastPart(this.options.image));
    const printing = options.logs ?? options.onEvent === undefined;
    const onEvent = (event: FitEvent): void => {
      options.onEvent?.(event);
      if (printing) printEvent(event);
    };
    await this.session.sagemaker.call('CreateTrainingJob', await this.request(name, inputs, onEvent));
    this.job = new TrainingJob(this.session, name);
    if (options.wait ?? true)
      await this.job.wait({ onEvent, ...(options.signal === undefined ? {} : { signal: options.signal }) });
    return this.job;
  }

  /**
   * The second line: serves the trained model and answers its predictor.
   * @throws Error when {@link fit} has not run.
   */
  async deploy(options: DeployOptions = {}): Promise<Predictor> {
    return (await this.model()).deploy(options);
  }

  /** The model that the job made. */
  async model(): Promise<Model> {
    if (this.job === undefined)
      throw new Error('There is no model yet: call fit() first, or Estimator.attach("job name")');
    const job = await this.job.describe();
    const modelData = job.ModelArtifacts?.S3ModelArtifacts;
    if (modelData === undefined)
      throw new Error(`Training job ${this.job.name} is ${job.TrainingJobStatus}: it has made no model yet`);
    const program = scriptEnvironment(job);
    return new Model({
      image: program === undefined ? this.image() : servingImage(this.image()),
      modelData,
      name: this.job.name,
      session: this.session,
      ...(program !== undefined && { environment: program }),
    });
  }

  /** Image as it goes on the wire. */
  protected image(): string {
    return this.options.image;
  }

  /** Hyperparameters as the platform wants them; algorithms with an estimator of their own translate their names here. */
  protected hyperparameters(): Record<string, string> {
    return wireHyperparameters(this.options.hyperparameters ?? {});
  }

  /** Content type of CSV files for this algorithm; some want it to differ by channel. */
  protected csvContentType(_channel: string): string {
    return this.options.csvContentType ?? 'text/csv';
  }

  protected async request(
    name: string,
    inputs: FitInputs,
    onEvent: (event: FitEvent) => void,
  ): Promise<CreateTrainingJobRequest> {
    const { options, session } = this;
    const channels = [];
    for (const [channel, input] of Object.entries(inputs)) {
      const context = { session, prefix: name, csvContentType: this.csvContentType(channel), onEvent };
      channels.push(await toChannel(channel, input, context));
    }
    const outputPath = options.outputPath ?? `s3://${await session.defaultBucket()}/`;
    return {
      TrainingJobName: name,
      RoleArn: await session.role(),
      AlgorithmSpecification: {
        TrainingImage: this.image(),
        TrainingInputMode: 'File',
        ...(options.metricDefinitions === undefined
          ? {}
          : { MetricDefinitions: options.metricDefinitions.map(toMetricDefinition) }),
        ...(options.entrypoint === undefined ? {} : { ContainerEntrypoint: [...options.entrypoint] }),
        ...(options.arguments === undefined ? {} : { ContainerArguments: [...options.arguments] }),
      },
      HyperParameters: this.hyperparameters(),
      ...(channels.length === 0 ? {} : { InputDataConfig: channels }),
      OutputDataConfig: { S3OutputPath: outputPath },
      ResourceConfig: {
        // Any name may be asked for; the platform refuses those it does not know.
        InstanceType: (options.instanceType ?? 'ml.m5.large') as TrainingInstanceType,
        InstanceCount: options.instanceCount ?? 1,
        VolumeSizeInGB: 30,
        ...(options.keepAliveSeconds === undefined ? {} : { KeepAlivePeriodInSeconds: options.keepAliveSeconds }),
      },
      StoppingCondition: {
        MaxRuntimeInSeconds: options.maxRuntimeSeconds ?? Math.min(86_400, options.spot?.maxWaitSeconds ?? 86_400),
        ...(options.spot === undefined ? {} : { MaxWaitTimeInSeconds: options.spot.maxWaitSeconds }),
      },
      ...(options.spot === undefined ? {} : { EnableManagedSpotTraining: true }),
      ...(options.checkpoints === undefined ? {} : { CheckpointConfig: { S3Uri: options.checkpoints } }),
      ...(options.environment === undefined ? {} : { Environment: { ...options.environment } }),
      ...(options.tags === undefined
        ? {}
        : { Tags: Object.entries(options.tags).map(([Key, Value]) => ({ Key, Value })) }),
    };
  }
}

/** Every value as the text that SageMaker's string map holds; `undefined` ones are left to their defaults. */
export function wireHyperparameters(
  values: Readonly<Record<string, HyperparameterValue | undefined>>,
): Record<string, string> {
  const entries = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const],
  );
  return Object.fromEntries(entries);
}

function toMetricDefinition({ name, regex }: { name: string; regex: string }): MetricDefinition {
  return { Name: name, Regex: regex };
}

function lastPart(image: string): string {
  return image.split('/').at(-1)?.split(':')[0] ?? image;
}
