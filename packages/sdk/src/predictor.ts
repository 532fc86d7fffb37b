/** Asks an endpoint. */
import { readBody } from '@rung/wire';
import { type Row, isRows, rowsToCsv } from './rows.ts';
import { Session } from './session.ts';

export interface PredictorOptions {
  endpointName: string;
  /** What the endpoint should answer in. Default `application/json`. */
  accept?: string;
  /** What text and bytes are sent as; rows as CSV, or as instances of `application/json`. Default: `text/csv` for rows and text, `application/json` for objects, `application/octet-stream` for bytes. */
  contentType?: string;
  session?: Session;
}

export interface PredictOptions {
  accept?: string;
  contentType?: string;
  /** Ask this variant instead of one by weight. */
  targetVariant?: string;
  inferenceId?: string;
  customAttributes?: string;
}

/** Rows of numbers, CSV text, bytes, or anything that JSON can hold. */
export type PredictInput = readonly Row[] | string | Uint8Array | object;

export interface Prediction {
  /** Parsed JSON, or the text of any other answer. */
  body: unknown;
  bytes: Uint8Array;
  contentType: string;
  variant: string;
}

export class Predictor {
  readonly endpointName: string;
  readonly #options: PredictorOptions;
  readonly #session: Session;

  constructor(options: PredictorOptions) {
    this.#options = options;
    this.#session = options.session ?? new Session();
    this.endpointName = options.endpointName;
  }

  /**
   * Predicts, and answers the parsed body: for the built-in algorithms an array with one entry per row.
   * @throws WireError: ModelError when the model answered an error, ValidationError when there is no such endpoint.
   */
  async predict<Answer = unknown>(input: PredictInput, options: PredictOptions = {}): Promise<Answer> {
    const { body } = await this.invoke(input, options);
    // The caller names the type: what a model answers is between the two of them.
    return rowsOf(body) as Answer;
  }

  /** Like {@link predict}, with the whole answer. */
  async invoke(input: PredictInput, options: PredictOptions = {}): Promise<Prediction> {
    const { contentType, body } = encode(input, options.contentType ?? this.#options.contentType);
    const answer = await this.#session.runtime.call('InvokeEndpoint', {
      EndpointName: this.endpointName,
      ContentType: contentType,
      Accept: options.accept ?? this.#options.accept ?? 'application/json',
      Body: body,
      ...(options.targetVariant === undefined ? {} : { TargetVariant: options.targetVariant }),
      ...(options.inferenceId === undefined ? {} : { InferenceId: options.inferenceId }),
      ...(options.customAttributes === undefined ? {} : { CustomAttributes: options.customAttributes }),
    });
    const bytes = await readBody(answer.Body ?? new Uint8Array());
    const type = answer.ContentType ?? 'application/octet-stream';
    return { body: decode(bytes, type), bytes, contentType: type, variant: answer.InvokedProductionVariant ?? '' };
  }

  /** Removes the endpoint, its configuration and its models. */
  async delete(): Promise<void> {
    const { sagemaker } = this.#session;
    const { EndpointConfigName = this.endpointName } = await sagemaker.call('DescribeEndpoint', {
      EndpointName: this.endpointName,
    });
    const config = await sagemaker.call('DescribeEndpointConfig', { EndpointConfigName });
    await sagemaker.call('DeleteEndpoint', { EndpointName: this.endpointName });
    await sagemaker.call('DeleteEndpointConfig', { EndpointConfigName });
    for (const { ModelName } of config.ProductionVariants ?? []) {
      if (ModelName !== undefined) await sagemaker.call('DeleteModel', { ModelName });
    }
  }
}

function encode(input: PredictInput, contentType: string | undefined): { contentType: string; body: Uint8Array } {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  if (typeof input === 'string') return { contentType: contentType ?? 'text/csv', body: text(input) };
  if (input instanceof Uint8Array) return { contentType: contentType ?? 'application/octet-stream', body: input };
  if (isRows(input) && contentType === 'application/json') {
    const instances = input.map((row) => ({ features: Array.from(row) }));
    return { contentType, body: text(JSON.stringify({ instances })) };
  }
  if (isRows(input)) return { contentType: contentType ?? 'text/csv', body: text(rowsToCsv(input)) };
  return { contentType: contentType ?? 'application/json', body: text(JSON.stringify(input)) };
}

/** What the built-in algorithms wrap their rows in; any other body as it is. */
function rowsOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  if ('predictions' in body) return body.predictions;
  if ('projections' in body) return body.projections;
  return 'scores' in body ? body.scores : body;
}

function decode(bytes: Uint8Array, contentType: string): unknown {
  const text = new TextDecoder().decode(bytes);
  if (contentType.startsWith('application/json')) return JSON.parse(text);
  if (contentType.startsWith('application/jsonlines'))
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  return text;
}
