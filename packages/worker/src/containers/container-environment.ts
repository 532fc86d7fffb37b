import type { Connection, ContainerProgram, InstanceSpec } from '../instance-spec.ts';
import { currentConnection } from '../platform/connection.ts';
import { platformVariables, threadVariables } from '../program/environment.ts';
import { OPT_ML } from '../program/launch.ts';
import { MARKER } from '../processes/kill-leftovers.ts';
import { SERVING_PORT } from './container-body.ts';
import { networkGateway } from './containers.ts';
import type { Daemon } from './daemon.ts';
import { type PlatformDoor, makePlatformDoor } from './platform-door.ts';

/** What the platform adds to the image's own environment, which counts more than the platform's defaults and less than the request. */
export function containerEnvironment(
  spec: InstanceSpec,
  connection: Connection | undefined,
  ofImage: Readonly<Record<string, string>>,
): Record<string, string> {
  const defaults = { PYTHONUNBUFFERED: '1', ...threadVariables(spec) };
  return {
    ...Object.fromEntries(Object.entries(defaults).filter(([name]) => !Object.hasOwn(ofImage, name))),
    ...(connection === undefined ? {} : platformVariables(connection)),
    ...spec.environment,
    CURRENT_HOST: spec.host,
    SAGEMAKER_BASE_DIR: OPT_ML,
    [MARKER]: spec.marker,
    ...(spec.mode === 'service' ? { SAGEMAKER_BIND_TO_PORT: String(SERVING_PORT) } : {}),
  };
}

interface WayToPlatform {
  /** Absent where the container cannot reach the platform, or must not. */
  readonly connection?: Connection;
  readonly door?: PlatformDoor;
  /** Why it cannot, when that is nobody's wish. */
  readonly notice?: string;
}

/** How the container reaches the platform, whose address as this machine knows it is often one that only this machine reaches. */
export async function reachPlatform(
  daemon: Daemon,
  spec: InstanceSpec,
  { network, reach }: ContainerProgram,
): Promise<WayToPlatform> {
  if (network.type === 'none' || (network.type === 'own' && network.isolated)) return {};
  const connection = currentConnection(spec.connectionFile);
  if (connection === undefined) return {};
  const address = new URL(connection.endpoint);
  if (!/^(?:localhost|127\.|\[::1\])/.test(address.hostname)) return { connection };
  if (reach.type === 'name') {
    address.hostname = reach.name;
    return { connection: { ...connection, endpoint: address.origin } };
  }
  const gateway =
    reach.type === 'door' ? await networkGateway(daemon, network.type === 'own' ? network.name : 'bridge') : undefined;
  if (gateway === undefined) {
    return {
      notice:
        'The program cannot reach the platform, which listens on this machine only: use a daemon that runs as root, or let the platform listen on an address of the network (host in rung.yaml). Channels and outputs work all the same.',
    };
  }
  const door = await makePlatformDoor(gateway, spec.connectionFile);
  return { door, connection: { ...connection, endpoint: door.endpoint } };
}
