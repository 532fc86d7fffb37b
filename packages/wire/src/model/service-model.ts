import type { RawModel, RawOperation, RawPaginator, RawWaiter } from './raw-model.ts';
import { createShape } from './shapes.ts';
import type { Shape, StructureShape } from './shapes.ts';

/** The protocols by the names that botocore's models give them. */
export type ProtocolName = 'json' | 'rest-json' | 'rest-xml' | 'query' | 'smithy-rpc-v2-cbor';

/** An AWS service: its operations and shapes, resolved when they are first asked for. */
export interface ServiceModel {
  readonly name: string;
  /** For messages: "Amazon SageMaker Service". */
  readonly fullName: string;
  readonly apiVersion: string;
  /** Most preferred first. */
  readonly protocols: readonly ProtocolName[];
  readonly jsonVersion: string;
  /** What precedes the operation's name in `X-Amz-Target`, and names the service in RPCv2 paths. */
  readonly targetPrefix: string | undefined;
  /** The service in the credential scope of a signature. */
  readonly signingName: string;
  readonly endpointPrefix: string;
  readonly xmlNamespace: string | undefined;
  /** Whether JSON and CBOR answers must also carry the query protocol's error codes. */
  readonly queryCompatible: boolean;
  readonly operationNames: readonly string[];
  /** The operation of that exact name, or undefined. */
  operation(name: string): Operation | undefined;
  /** The shape of that exact name, or undefined. */
  shape(name: string): Shape | undefined;
  paginator(operation: string): Paginator | undefined;
  readonly waiterNames: readonly string[];
  waiter(name: string): RawWaiter | undefined;
}

export interface Operation {
  readonly name: string;
  readonly method: string;
  /** Path template and literal query: `/{Bucket}/{Key+}?tagging`. */
  readonly uri: string;
  /** HTTP status of success. */
  readonly status: number;
  /** Undefined where the operation takes nothing. */
  readonly input: StructureShape | undefined;
  /** Element name and namespace of an XML request body, where the model gives them. */
  readonly inputXml: { readonly name: string | undefined; readonly namespace: string | undefined };
  /** Undefined where the operation answers nothing. */
  readonly output: StructureShape | undefined;
  /** Element that wraps the result in the query protocol. */
  readonly resultWrapper: string;
  /** The errors that the model declares for the operation. */
  readonly errors: readonly StructureShape[];
  /** Whether a request must carry a checksum of its body. */
  readonly checksumRequired: boolean;
  /** Whether requests go unsigned. */
  readonly anonymous: boolean;
}

export interface Paginator {
  readonly inputTokens: readonly string[];
  readonly outputTokens: readonly string[];
  readonly limit: string | undefined;
  /** Where set, a truth value of the answer that says whether more pages exist. */
  readonly moreResults: string | undefined;
  readonly results: readonly string[];
}

/** Wraps a raw model. Use `loadService` to get one by its name. */
export function createServiceModel(name: string, raw: RawModel): ServiceModel {
  const { metadata } = raw;
  const shapes = new Map<string, Shape>();
  const operations = new Map<string, Operation>();

  const resolve = (shapeName: string): Shape => {
    const known = shapes.get(shapeName);
    if (known !== undefined) return known;
    const rawShape = raw.shapes[shapeName];
    if (rawShape === undefined) throw new Error(`the model of ${name} refers to a shape "${shapeName}" that it lacks`);
    const shape = createShape(shapeName, rawShape, resolve);
    shapes.set(shapeName, shape);
    return shape;
  };

  return {
    name,
    fullName: metadata.serviceFullName,
    apiVersion: metadata.apiVersion,
    // The generator's services use these five protocols only; loadProtocol refuses any other.
    protocols: metadata.protocols as readonly ProtocolName[],
    jsonVersion: metadata.jsonVersion ?? '1.1',
    targetPrefix: metadata.targetPrefix,
    signingName: metadata.signingName ?? metadata.endpointPrefix,
    endpointPrefix: metadata.endpointPrefix,
    xmlNamespace: metadata.xmlNamespace,
    queryCompatible: metadata.awsQueryCompatible !== undefined,
    operationNames: Object.keys(raw.operations),
    operation(operationName) {
      const known = operations.get(operationName);
      if (known !== undefined) return known;
      if (!Object.hasOwn(raw.operations, operationName)) return undefined;
      const rawOperation = raw.operations[operationName];
      if (rawOperation === undefined) return undefined;
      const operation = new LazyOperation(operationName, rawOperation, resolve);
      operations.set(operationName, operation);
      return operation;
    },
    shape: (shapeName) => (Object.hasOwn(raw.shapes, shapeName) ? resolve(shapeName) : undefined),
    paginator: (operationName) =>
      Object.hasOwn(raw.pagination, operationName) ? createPaginator(raw.pagination[operationName]) : undefined,
    waiterNames: Object.keys(raw.waiters),
    waiter: (waiterName) => (Object.hasOwn(raw.waiters, waiterName) ? raw.waiters[waiterName] : undefined),
  };
}

class LazyOperation implements Operation {
  readonly name: string;
  readonly #raw: RawOperation;
  readonly #resolve: (name: string) => Shape;

  constructor(name: string, raw: RawOperation, resolve: (name: string) => Shape) {
    this.name = name;
    this.#raw = raw;
    this.#resolve = resolve;
  }

  get method(): string {
    return this.#raw.http.method;
  }

  get uri(): string {
    return this.#raw.http.requestUri;
  }

  get status(): number {
    return this.#raw.http.responseCode ?? 200;
  }

  get input(): StructureShape | undefined {
    return this.#raw.input && this.#structure(this.#raw.input.shape);
  }

  get inputXml(): { name: string | undefined; namespace: string | undefined } {
    return { name: this.#raw.input?.locationName, namespace: this.#raw.input?.xmlNamespace?.uri };
  }

  get output(): StructureShape | undefined {
    return this.#raw.output && this.#structure(this.#raw.output.shape);
  }

  get resultWrapper(): string {
    return this.#raw.output?.resultWrapper ?? `${this.name}Result`;
  }

  get errors(): readonly StructureShape[] {
    return (this.#raw.errors ?? []).map((error) => this.#structure(error.shape));
  }

  get checksumRequired(): boolean {
    return this.#raw.httpChecksum?.requestChecksumRequired === true;
  }

  get anonymous(): boolean {
    return this.#raw.authtype === 'none';
  }

  #structure(name: string): StructureShape {
    const shape = this.#resolve(name);
    if (shape.type !== 'structure') throw new Error(`shape "${name}" of operation ${this.name} is no structure`);
    return shape;
  }
}

function createPaginator(raw: RawPaginator | undefined): Paginator | undefined {
  if (raw === undefined) return undefined;
  return {
    inputTokens: list(raw.input_token),
    outputTokens: list(raw.output_token),
    limit: raw.limit_key,
    moreResults: raw.more_results,
    results: list(raw.result_key),
  };
}

function list(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
