import { request } from 'node:http';
import { parseInstanceAddress } from '../../gateway/instance-address.ts';

/** Whether the instance answers `GET /ping` with 200 within `timeoutMs`. Never rejects. */
export function ping(address: string, timeoutMs: number): Promise<boolean> {
  const target = parseInstanceAddress(address);
  return new Promise((resolve) => {
    const ask = request({
      ...('path' in target ? { socketPath: target.path } : { host: target.host, port: target.port }),
      path: '/ping',
      method: 'GET',
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    });
    ask.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    // Refused, cut off or too late: for a health check all of them say "not yet".
    ask.on('error', () => resolve(false));
    ask.end();
  });
}
