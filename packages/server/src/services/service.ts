/** What a service is to the front door: a name from the service models, and the operations it has behaviour for. */
import type { ServiceName } from '@rung/wire';

export interface Service {
  /** Whose model gives the shapes, the protocols and the signing name. */
  readonly name: ServiceName;
  /** Operations without an entry answer a "not implemented" error that names them. */
  readonly handlers: Readonly<Record<string, Handler>>;
}

/** Gets valid, typed input; answers the output or throws a `WireError`. */
export type Handler<Input = never, Output = unknown> = (
  input: Input,
  context: RequestContext,
) => Promise<Output> | Output;

/** The handlers of a service, each typed by its operation in the generated table. */
export type Handlers<Operations> = {
  readonly [Name in keyof Operations]?: Operations[Name] extends { input: infer Input; output: infer Output }
    ? Handler<Input, Output>
    : never;
};

export interface RequestContext {
  readonly requestId: string;
  /** From the credential scope of the signature. */
  readonly region: string;
  /** The twelve digits of the account that the key belongs to. */
  readonly account: string;
  readonly principal: Principal;
  /** `http://host:port` or `https://host:port` as the caller reached us. */
  readonly origin: string;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
  /** Lower-case request headers, for the few things that no shape carries. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * What follows the chunks of an `aws-chunked` body (`x-amz-checksum-crc32` …), by lower-case name: settles when the body has
   * been read, and fails when that failed. Absent where the request announced none.
   */
  readonly trailers?: Promise<Readonly<Record<string, string>>> | undefined;
}

export interface Principal {
  readonly accessKeyId: string;
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>` */
  readonly arn: string;
  readonly userId: string;
}
