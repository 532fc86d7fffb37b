/** The sockets of the control plane, and the way of every request from there to a handler. */
import { createSigningKeys, type ServiceName } from '@rung/wire';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ServerResources } from '../resources.ts';
import type { InvocationHandler } from '../services/sagemaker-runtime/invocation-handler.ts';
import type { Service } from '../services/service.ts';
import { createAuthenticator } from './authenticate.ts';
import type { ControlOperations } from './control.ts';
import { Exchange } from './exchange.ts';
import { answerOpenPage, type OpenPages } from './open-pages.ts';
import { receive } from './receive.ts';
import { close, createHttpServer, createTlsServer, listen, type ListenAddress } from './sockets.ts';
import { defaultTimeouts, type Timeouts } from './timeouts.ts';

export interface FrontDoorOptions extends OpenPages {
  /** Gets the verified requests below `/endpoints/`. Without it they are not implemented. */
  readonly invocations?: InvocationHandler | undefined;
  /** What is to be had below `/rung/`. Default: nothing. */
  readonly control?: ControlOperations;
  readonly timeouts?: Partial<Timeouts>;
}

export interface FrontDoor {
  /**
   * Opens the sockets of the configuration. Thrown: `PortTaken`; nothing is left open then.
   */
  listen(): Promise<Listening>;
  /** Takes no new connection, gives requests under way `graceMs` to end (default 5000), then breaks them off. */
  close(graceMs?: number): Promise<void>;
}

export interface Listening {
  readonly http: ListenAddress;
  /** `undefined` where TLS is switched off. */
  readonly https: ListenAddress | undefined;
  /** The certificate authority that clients must trust, as a file; `undefined` where TLS is switched off. */
  readonly caFile: string | undefined;
}

const DAY = 24 * 60 * 60 * 1000;

type FrontDoorResources = Pick<ServerResources, 'config' | 'keys' | 'clock' | 'logger'>;

export function createFrontDoor(
  resources: FrontDoorResources,
  services: readonly Service[],
  options: FrontDoorOptions = {},
): FrontDoor {
  const { config, keys, clock, logger } = resources;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const signingKeys = createSigningKeys();
  const reception = {
    services: new Map<ServiceName, Service>(services.map((service) => [service.name, service])),
    invocations: options.invocations,
    control: options.control ?? {},
    authenticator: createAuthenticator({ keys, signingKeys, account: config.account, now: () => clock.now() }),
    signingKeys,
    account: config.account,
    region: config.region,
    timeouts,
    logger,
  };
  const serve = async (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): Promise<void> => {
    try {
      if (!(await answerOpenPage(request, response, options)))
        await receive(new Exchange(request, response, awaitsContinue), reception);
    } catch (error) {
      logger.error({ err: error }, 'A request failed by a fault of Rung.');
      response.destroy();
    }
  };
  const attach = <S extends Server>(server: S): S => {
    server.on('request', (request, response) => void serve(request, response, false));
    server.on('checkContinue', (request, response) => void serve(request, response, true));
    return server;
  };

  const open: Server[] = [];
  let renewal: NodeJS.Timeout | undefined;
  const shut = async (graceMs: number): Promise<void> => {
    clearInterval(renewal);
    await close(open.splice(0), graceMs);
  };
  const openTlsListener = async (): Promise<Pick<Listening, 'https' | 'caFile'>> => {
    if (config.tlsPort === false) return { https: undefined, caFile: undefined };
    const { openLocalCertificates } = await import('./tls/local-certificates.ts');
    const certificates = (): ReturnType<typeof openLocalCertificates> =>
      openLocalCertificates({ stateDir: config.stateDir, host: config.host, now: clock.now() });
    const { caFile, ...first } = await certificates();
    const server = createTlsServer(timeouts, first);
    open.push(attach(server));
    const https = await listen(server, 'https', config.host, config.tlsPort);
    // A server that runs for a year outlives its certificate.
    renewal = setInterval(() => {
      certificates().then(
        (renewed) => server.setSecureContext(renewed),
        (error: unknown) => logger.error({ err: error }, 'The TLS certificate could not be renewed.'),
      );
    }, DAY).unref();
    return { https, caFile };
  };
  return {
    async listen() {
      const server = attach(createHttpServer(timeouts));
      open.push(server);
      const http = await listen(server, 'http', config.host, config.port);
      try {
        const tls = await openTlsListener();
        return { http, ...tls };
      } catch (error) {
        await shut(0);
        throw error;
      }
    },
    close: (graceMs = 5000) => shut(graceMs),
  };
}
