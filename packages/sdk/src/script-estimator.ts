/** What the estimators of the frameworks share: a script of the user's own, packed and uploaded where the `sagemaker` SDK puts it. */
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import { Estimator, type EstimatorOptions, type FitEvent, type HyperparameterValue } from './estimator.ts';
import type { FitInputs } from './fit-inputs.ts';
import { Model } from './model.ts';
import { packSource } from './pack-source.ts';
import { type Framework, frameworkImage } from './script-images.ts';

export interface ScriptOptions extends Omit<
  EstimatorOptions,
  'image' | 'hyperparameters' | 'entrypoint' | 'arguments' | 'csvContentType'
> {
  /** The script: a path on this machine, or within {@link sourceDir}. */
  entryPoint: string;
  /** A folder on this machine whose files the script needs, or the `s3://` address of a source archive that exists. Default: the script alone. */
  sourceDir?: string;
  /** A file of Python packages to install, packed as `requirements.txt`. Default: the one in {@link sourceDir}, if any. */
  requirements?: string;
  /** Arguments of the script, `--name value`. Default: none. */
  hyperparameters?: Readonly<Record<string, ScriptHyperparameter | undefined>>;
  /**
   * Starts the script through a launcher of many processes: torchrun on every instance, MPI, or with the TF_CONFIG of TensorFlow's strategies.
   * Default: once on every instance, by itself.
   */
  distribution?: 'torch_distributed' | 'mpi' | 'parameter_server' | 'multi_worker_mirrored_strategy';
  /** Version in the image's name. Rung runs the version that its environment has, and says so in the log. */
  frameworkVersion?: string;
  /** Image to use instead of the framework's. */
  image?: string;
  /** Files in `/opt/ml/output/intermediate` are stored while the script runs. Default false. */
  syncIntermediate?: boolean;
}

export type ScriptHyperparameter = HyperparameterValue | { readonly [name: string]: ScriptHyperparameter };

/** Runs a script of the user's own, as a framework's image does. */
export abstract class ScriptEstimator extends Estimator {
  readonly scriptOptions: ScriptOptions;
  readonly #framework: Framework;
  /** Where the source of the last {@link fit} is, and the script's name in it. */
  #source: { readonly uri: string; readonly program: string } | undefined;

  protected constructor(framework: Framework, options: ScriptOptions) {
    const { entryPoint, sourceDir: _dir, requirements: _requirements, hyperparameters: _values, ...rest } = options;
    const { frameworkVersion: _version, syncIntermediate: _sync, distribution: _distribution, ...base } = rest;
    super({ baseJobName: stem(entryPoint), image: framework, ...base });
    this.scriptOptions = options;
    this.#framework = framework;
  }

  /** The model that the job made, served by the framework's image with the same script. */
  override async model(): Promise<Model> {
    const description = await this.job?.describe();
    const modelData = description?.ModelArtifacts?.S3ModelArtifacts;
    if (this.job === undefined || modelData === undefined || this.#source === undefined) return super.model();
    return new Model({
      image: this.#image('serve'),
      modelData,
      name: this.job.name,
      environment: {
        SAGEMAKER_PROGRAM: this.#source.program,
        SAGEMAKER_SUBMIT_DIRECTORY: this.#source.uri,
        SAGEMAKER_CONTAINER_LOG_LEVEL: '20',
        SAGEMAKER_REGION: this.session.region,
      },
      session: this.session,
    });
  }

  protected override image(): string {
    return this.#image('train');
  }

  /** @throws SourceMissing when the script or what belongs to it is not there. */
  protected override async request(
    name: string,
    inputs: FitInputs,
    onEvent: (event: FitEvent) => void,
  ): Promise<CreateTrainingJobRequest> {
    // Packed first: a script that is not there must not cost an upload of the data.
    const { uri, program } = await this.#upload(name);
    this.#source = { uri, program };
    const request = await super.request(name, inputs, onEvent);
    const platform: Record<string, ScriptHyperparameter> = {
      sagemaker_submit_directory: uri,
      sagemaker_program: program,
      sagemaker_container_log_level: 20,
      sagemaker_job_name: name,
      sagemaker_region: this.session.region,
      ...(this.scriptOptions.distribution !== undefined && {
        [`sagemaker_${this.scriptOptions.distribution}_enabled`]: true,
      }),
      ...(this.scriptOptions.syncIntermediate === true && {
        sagemaker_s3_output: request.OutputDataConfig.S3OutputPath,
      }),
    };
    return { ...request, HyperParameters: toJson({ ...this.scriptOptions.hyperparameters, ...platform }) };
  }

  async #upload(name: string): Promise<{ uri: string; program: string }> {
    const { entryPoint, sourceDir, requirements } = this.scriptOptions;
    if (sourceDir?.startsWith('s3://') === true) return { uri: sourceDir, program: entryPoint };
    const { archive, program } = await packSource({
      entryPoint,
      ...(sourceDir !== undefined && { folder: sourceDir }),
      ...(requirements !== undefined && { requirements }),
    });
    const Bucket = await this.session.defaultBucket();
    const Key = `${name}/source/sourcedir.tar.gz`;
    await this.session.s3.call('PutObject', { Bucket, Key, Body: archive });
    return { uri: `s3://${Bucket}/${Key}`, program };
  }

  #image(action: 'train' | 'serve'): string {
    const { image, frameworkVersion, instanceType = 'ml.m5.large' } = this.scriptOptions;
    const version = frameworkVersion === undefined ? {} : { version: frameworkVersion };
    return image ?? frameworkImage(this.#framework, action, { region: this.session.region, instanceType, ...version });
  }
}

/** Script mode wants every value as JSON. */
function toJson(values: Readonly<Record<string, ScriptHyperparameter | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, JSON.stringify(value)]])),
  );
}

function stem(path: string): string {
  const file = path.split(/[\\/]/).at(-1) ?? path;
  return file.replace(/\.\w+$/, '') || 'script';
}
