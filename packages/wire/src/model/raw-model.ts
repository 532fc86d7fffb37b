/** The form of `models/<service>.json`: what tools/generate.ts keeps of a botocore service model. */
export interface RawModel {
  readonly metadata: RawMetadata;
  readonly operations: Readonly<Record<string, RawOperation>>;
  readonly shapes: Readonly<Record<string, RawShape>>;
  readonly pagination: Readonly<Record<string, RawPaginator>>;
  readonly waiters: Readonly<Record<string, RawWaiter>>;
}

export interface RawMetadata {
  readonly apiVersion: string;
  readonly awsQueryCompatible?: object;
  readonly endpointPrefix: string;
  readonly jsonVersion?: string;
  readonly protocol: string;
  readonly protocols: readonly string[];
  readonly serviceFullName: string;
  readonly serviceId: string;
  readonly signingName?: string;
  readonly targetPrefix?: string;
  readonly xmlNamespace?: string;
}

export interface RawOperation {
  readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode?: number };
  readonly input?: {
    readonly shape: string;
    readonly locationName?: string;
    readonly xmlNamespace?: { readonly uri: string };
  };
  readonly output?: { readonly shape: string; readonly resultWrapper?: string };
  readonly errors?: readonly { readonly shape: string }[];
  readonly httpChecksum?: { readonly requestChecksumRequired?: boolean; readonly requestAlgorithmMember?: string };
  readonly authtype?: string;
}

export interface RawMember {
  readonly shape: string;
  readonly location?: string;
  readonly locationName?: string;
  readonly timestampFormat?: string;
  readonly flattened?: boolean;
  readonly xmlAttribute?: boolean;
  readonly xmlNamespace?: { readonly uri: string; readonly prefix?: string };
  readonly idempotencyToken?: boolean;
  readonly eventpayload?: boolean;
}

export interface RawShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, RawMember>>;
  readonly required?: readonly string[];
  readonly payload?: string;
  readonly member?: RawMember;
  readonly key?: RawMember;
  readonly value?: RawMember;
  readonly flattened?: boolean;
  readonly locationName?: string;
  readonly xmlNamespace?: { readonly uri: string; readonly prefix?: string };
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  readonly sensitive?: boolean;
  readonly timestampFormat?: string;
  readonly exception?: boolean;
  readonly fault?: boolean;
  readonly error?: { readonly code?: string; readonly httpStatusCode?: number; readonly senderFault?: boolean };
  readonly eventstream?: boolean;
  readonly event?: boolean;
  readonly union?: boolean;
}

export interface RawPaginator {
  readonly input_token: string | readonly string[];
  readonly output_token: string | readonly string[];
  readonly limit_key?: string;
  readonly more_results?: string;
  readonly result_key?: string | readonly string[];
}

export interface RawWaiter {
  /** Seconds between two attempts. */
  readonly delay: number;
  readonly maxAttempts: number;
  readonly operation: string;
  readonly acceptors: readonly RawAcceptor[];
}

export interface RawAcceptor {
  readonly matcher: 'path' | 'pathAll' | 'pathAny' | 'error' | 'status';
  readonly argument?: string;
  readonly expected: string | number | boolean;
  readonly state: 'success' | 'failure' | 'retry';
}
