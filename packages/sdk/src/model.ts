/** A trained model, and the endpoint it is served at. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DescribeEndpointOutput, ProductionVariantInstanceType } from '@rung/wire/types/sagemaker';
import { timestampedName } from './job-names.ts';
import { Predictor, type PredictorOptions } from './predictor.ts';
import { Session } from './session.ts';

export interface ModelOptions {
  /** Image whose program serves. */
  image: string;
  /** `s3://…/model.tar.gz` */
  modelData?: string;
  environment?: Readonly<Record<string, string>>;
  /** Default: the image's last part and the time. */
  name?: string;
  session?: Session;
}

export interface DeployOptions extends Pick<PredictorOptions, 'accept' | 'contentType'> {
  /** Default: the model's name. */
  endpointName?: string;
  /** Default `ml.m5.large`. */
  instanceType?: string;
  /** Default 1. */
  instanceCount?: number;
  /** Resolve only when the endpoint is InService. Default true. */
  wait?: boolean;
  /** Told whenever the endpoint's status is looked at. */
  onStatus?: (status: string) => void;
  signal?: AbortSignal;
}

/** Thrown when an endpoint could not be brought up; the message is its FailureReason. */
export class DeploymentFailed extends Error {
  override readonly name = 'DeploymentFailed';
}

/** Between two looks at the endpoint, in milliseconds. */
const pollMs = { first: 30, longest: 1000, growth: 1.3 };

export class Model {
  readonly session: Session;
  readonly name: string;
  readonly #options: ModelOptions;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.session = options.session ?? new Session();
    this.name = options.name ?? timestampedName(options.image.split('/').at(-1)?.split(':')[0] ?? 'model');
  }

  /**
   * Creates model, endpoint configuration and endpoint, and waits until it answers. What was made is removed again when a later step is refused.
   * @throws WireError when the platform refuses; DeploymentFailed when the model does not come up.
   */
  async deploy(options: DeployOptions = {}): Promise<Predictor> {
    const { sagemaker } = this.session;
    const endpointName = options.endpointName ?? this.name;
    await sagemaker.call('CreateModel', {
      ModelName: this.name,
      ExecutionRoleArn: await this.session.role(),
      PrimaryContainer: {
        Image: this.#options.image,
        ...(this.#options.modelData === undefined ? {} : { ModelDataUrl: this.#options.modelData }),
        ...(this.#options.environment === undefined ? {} : { Environment: { ...this.#options.environment } }),
      },
    });
    const undo = [() => sagemaker.call('DeleteModel', { ModelName: this.name })];
    try {
      await sagemaker.call('CreateEndpointConfig', {
        EndpointConfigName: endpointName,
        ProductionVariants: [
          {
            VariantName: 'AllTraffic',
            ModelName: this.name,
            InitialInstanceCount: options.instanceCount ?? 1,
            // Any name may be asked for; the platform refuses those it does not know.
            InstanceType: (options.instanceType ?? 'ml.m5.large') as ProductionVariantInstanceType,
            InitialVariantWeight: 1,
          },
        ],
      });
      undo.unshift(() => sagemaker.call('DeleteEndpointConfig', { EndpointConfigName: endpointName }));
      await sagemaker.call('CreateEndpoint', { EndpointName: endpointName, EndpointConfigName: endpointName });
    } catch (error) {
      for (const step of undo) await step();
      throw error;
    }
    const predictor = new Predictor({ endpointName, session: this.session, ...pickFormats(options) });
    if (options.wait ?? true) await this.#untilInService(endpointName, options);
    return predictor;
  }

  async #untilInService(endpointName: string, options: DeployOptions): Promise<DescribeEndpointOutput> {
    for (let ms = pollMs.first; ; ms = Math.min(pollMs.longest, ms * pollMs.growth)) {
      options.signal?.throwIfAborted();
      const endpoint = await this.session.sagemaker.call('DescribeEndpoint', { EndpointName: endpointName });
      options.onStatus?.(endpoint.EndpointStatus ?? '');
      if (endpoint.EndpointStatus === 'InService') return endpoint;
      if (endpoint.EndpointStatus === 'Failed') {
        throw new DeploymentFailed(
          `Endpoint ${endpointName} failed: ${endpoint.FailureReason ?? 'no reason was given'}`,
        );
      }
      await delay(ms);
    }
  }
}

function pickFormats({ accept, contentType }: DeployOptions): Pick<PredictorOptions, 'accept' | 'contentType'> {
  return { ...(accept === undefined ? {} : { accept }), ...(contentType === undefined ? {} : { contentType }) };
}
