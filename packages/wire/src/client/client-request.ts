import { crc32 } from 'node:zlib';
import type { Operation, ServiceModel } from '../model/service-model.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { UNSIGNED_PAYLOAD } from '../sigv4/index.ts';
import type { ClientOptions } from './client-options.ts';

/** A request that is ready to be signed and sent, as often as need be. */
export interface PreparedRequest {
  readonly request: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body: Uint8Array | string | AsyncIterable<Uint8Array>;
  };
  readonly target: Target;
  /** What stands for a streamed body in the signature. */
  readonly payloadHash: string | undefined;
  /** Whether the body can be sent again: a stream cannot. */
  readonly isReplayable: boolean;
}

interface Target {
  readonly url: URL;
  /** The region to sign for. */
  readonly region: string;
}

export function prepareRequest(
  model: ServiceModel,
  protocol: Protocol,
  operation: Operation,
  input: object,
  options: ClientOptions,
): PreparedRequest {
  const built = protocol.buildRequest(model, operation, withIdempotencyToken(operation, input));
  const { body } = built;
  const isWhole = typeof body === 'string' || body instanceof Uint8Array;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(built.headers)) if (value !== undefined) headers[name] = value;
  if (operation.checksumRequired && isWhole) headers['x-amz-checksum-crc32'] ??= base64Crc32(body);
  const target = findTarget(model, options);
  const url = new URL(target.url);
  url.pathname = joinPaths(url.pathname, built.path);
  url.search = built.query;
  return {
    request: { method: built.method, headers, body },
    target: { url, region: target.region },
    payloadHash: isWhole ? undefined : UNSIGNED_PAYLOAD,
    isReplayable: isWhole,
  };
}

/** The same token goes with every try, so that a call whose answer was lost is not done twice. */
function withIdempotencyToken(operation: Operation, input: object): object {
  const token = operation.input?.members.find((member) => member.idempotencyToken);
  if (token === undefined || Object.hasOwn(input, token.name)) return input;
  return { ...input, [token.name]: crypto.randomUUID() };
}

function findTarget(model: ServiceModel, { endpoint, region }: ClientOptions): Target {
  if (endpoint !== undefined) return { url: new URL(endpoint), region };
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  // Identities are global: one address, in one region.
  if (model.endpointPrefix === 'iam') return { url: new URL(`https://iam.${domain}`), region: 'us-east-1' };
  return { url: new URL(`https://${model.endpointPrefix}.${region}.${domain}`), region };
}

function joinPaths(base: string, path: string): string {
  return base === '/' ? path : base.replace(/\/$/, '') + path;
}

function base64Crc32(body: Uint8Array | string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64');
}
