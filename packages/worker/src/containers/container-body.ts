import { bucketFolders } from '../inputs/locate-object.ts';
import type { ContainerProgram, InstanceSpec } from '../instance-spec.ts';
import { parseS3Uri } from '../platform/s3-uri.ts';
import { OPT_ML } from '../program/launch.ts';

/** The port that the container contract gives to model servers. */
export const SERVING_PORT = 8080;

/** What the daemon is told of a container; the shape is the Docker API's. */
export interface ContainerBody {
  readonly Image: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly Hostname: string;
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly NetworkingConfig?: Readonly<Record<string, unknown>>;
}

/** An instance as the daemon has to create it. */
export function containerBody(
  spec: InstanceSpec,
  program: ContainerProgram,
  environment: Readonly<Record<string, string>>,
): ContainerBody {
  const { network } = program;
  const publishes = spec.mode === 'service' && network.type !== 'none';
  const port = `${SERVING_PORT}/tcp`;
  return {
    Image: program.image,
    ...(program.entrypoint === undefined ? {} : { Entrypoint: program.entrypoint }),
    ...(program.arguments === undefined ? {} : { Cmd: program.arguments }),
    ...(program.user === undefined ? {} : { User: program.user }),
    Hostname: spec.host,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: program.labels,
    ...(publishes ? { ExposedPorts: { [port]: {} } } : {}),
    HostConfig: {
      Mounts: [{ Type: 'bind', Source: spec.baseDir, Target: OPT_ML, ReadOnly: false }, ...linkedObjects(spec)],
      // What is shared is one folder of this platform's own: relabelling the user's data for SELinux would be the greater evil.
      SecurityOpt: ['label=disable'],
      // The output goes to the platform's log as it comes: a second copy would double the disk it takes.
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
      Init: program.init,
      Memory: spec.limits.memoryBytes,
      // Equal to Memory: no swap beyond it.
      MemorySwap: spec.limits.memoryBytes,
      NanoCpus: Math.round(program.cpus * 1e9),
      PidsLimit: program.pidsLimit,
      ShmSize: program.sharedMemoryBytes,
      OomScoreAdj: 500,
      NetworkMode: network.type === 'own' ? network.name : network.type,
      ...(publishes ? { PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: '' }] } } : {}),
      ...gpuRequest(program),
    },
    ...(network.type === 'own'
      ? { NetworkingConfig: { EndpointsConfig: { [network.name]: { Aliases: [spec.host] } } } }
      : {}),
  };
}

function gpuRequest({ gpus }: ContainerProgram): Record<string, unknown> {
  if (gpus === undefined || gpus.count === 0) return {};
  if (gpus.by === 'device-requests')
    return { DeviceRequests: [{ Driver: 'nvidia', Count: gpus.count, Capabilities: [['gpu']] }] };
  return {
    Devices: Array.from({ length: gpus.count }, (_, index) => ({ PathOnHost: `nvidia.com/gpu=${index}` })),
  };
}

/** Links of FastFile channels lead to the objects' files: their buckets are there under the same paths, and nothing in them can be written to. */
function linkedObjects({ inputs, objects }: InstanceSpec): object[] {
  if (objects?.link !== true) return [];
  const linked = inputs.filter(({ delivery }) => delivery?.type === 'links');
  const buckets = new Set(linked.map(({ uri }) => parseS3Uri(uri).bucket));
  return [...buckets]
    .flatMap((bucket) => bucketFolders(objects.root, bucket))
    .map((folder) => ({ Type: 'bind', Source: folder, Target: folder, ReadOnly: true }));
}
