import { WireError } from '../errors.ts';
import type { ProtocolName, ServiceModel } from '../model/service-model.ts';
import type { Protocol, WireRequest } from './protocol.ts';

/** Every protocol, read at its first use. */
const protocols: Readonly<Record<ProtocolName, () => Promise<Protocol>>> = {
  json: async () => (await import('./json-protocol.ts')).jsonProtocol,
  'rest-json': async () => (await import('./rest-json-protocol.ts')).restJsonProtocol,
  'rest-xml': async () => (await import('./rest-xml-protocol.ts')).restXmlProtocol,
  query: async () => (await import('./query-protocol.ts')).queryProtocol,
  'smithy-rpc-v2-cbor': async () => (await import('./cbor-protocol.ts')).cborProtocol,
};

export function loadProtocol(name: ProtocolName): Promise<Protocol> {
  return protocols[name]();
}

/**
 * The protocol that a request to the service speaks, of those that the service offers.
 * Thrown when it speaks none of them (`UnknownOperationException`).
 */
export async function detectProtocol(service: ServiceModel, request: WireRequest): Promise<Protocol> {
  for (const name of service.protocols) {
    const protocol = await loadProtocol(name);
    if (protocol.accepts(service, request)) return protocol;
  }
  const offered = service.protocols.join(', ');
  const message = `The request to ${service.fullName} speaks none of its protocols (${offered}).`;
  throw new WireError('UnknownOperationException', message);
}
