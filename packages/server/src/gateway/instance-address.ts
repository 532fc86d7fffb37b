import type { NetConnectOpts } from 'node:net';

/**
 * Where an instance listens, ready for `net.connect`.
 * @param address `unix:/path` or `tcp:host:port`; an IPv6 host stands in brackets.
 * Thrown when the address has neither form: an engine reported something that is no address.
 */
export function parseInstanceAddress(address: string): NetConnectOpts {
  if (address.startsWith('unix:/')) return { path: address.slice('unix:'.length) };
  const tcp = /^tcp:(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const host = tcp?.[1] ?? tcp?.[2];
  const port = Number(tcp?.[3]);
  if (host === undefined || port > 65_535) {
    throw new Error(`"${address}" is not the address of an instance; expected unix:/path or tcp:host:port.`);
  }
  return { host, port, noDelay: true };
}
