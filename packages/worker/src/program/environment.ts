import { availableParallelism } from 'node:os';
import type { Connection, InstanceSpec } from '../instance-spec.ts';
import { MARKER } from '../processes/kill-leftovers.ts';

/** Where the program finds what the worker adds to its environment, besides what {@link InstanceSpec.environment} says. */
export interface ProgramPlace {
  /** The folder that plays `/opt/ml`, as the program sees it. */
  readonly baseDir: string;
  readonly connection: Connection | undefined;
  readonly listen?: { readonly type: 'unix'; readonly path: string } | { readonly type: 'tcp'; readonly port: number };
}

/**
 * The program's whole environment. From weak to strong: what the machine gives (`inherited`), defaults of the platform, what the request
 * says, and what must be true for the contract to hold.
 */
export function programEnvironment(
  spec: InstanceSpec,
  place: ProgramPlace,
  inherited: NodeJS.ProcessEnv,
): Record<string, string> {
  const { connection, listen } = place;
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited))
    if (value !== undefined && !OWN.has(name)) environment[name] = value;
  Object.assign(environment, {
    // Python buffers its output when it is no terminal: the log would lag behind, and miss the end of a killed program.
    PYTHONUNBUFFERED: '1',
    ...threadVariables(spec),
    TMPDIR: spec.tempDir,
  });
  if (connection !== undefined) Object.assign(environment, platformVariables(connection));
  Object.assign(environment, spec.environment, {
    CURRENT_HOST: spec.host,
    SAGEMAKER_BASE_DIR: place.baseDir,
    [MARKER]: spec.marker,
  });
  if (listen?.type === 'unix') environment['RUNG_SOCKET'] = listen.path;
  if (listen?.type === 'tcp') environment['SAGEMAKER_BIND_TO_PORT'] = String(listen.port);
  return environment;
}

/** How many threads the libraries of numerics start, and the bytes that the instance may use. */
export function threadVariables({ limits }: Pick<InstanceSpec, 'limits'>): Record<string, string> {
  const threads = String(Math.max(1, Math.min(limits.vcpus, availableParallelism())));
  const memory = limits.memoryBytes > 0 ? { RUNG_MEMORY_BYTES: String(limits.memoryBytes) } : {};
  return {
    OMP_NUM_THREADS: threads,
    OPENBLAS_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
    RUNG_THREADS: threads,
    ...memory,
  };
}

/** How AWS's clients find the platform. */
export function platformVariables(connection: Connection): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: connection.endpoint,
    AWS_REGION: connection.region,
    AWS_DEFAULT_REGION: connection.region,
    AWS_ACCESS_KEY_ID: connection.accessKeyId,
    AWS_SECRET_ACCESS_KEY: connection.secretAccessKey,
    ...(connection.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: connection.sessionToken }),
  };
}

/** Set for the worker alone. */
const OWN: ReadonlySet<string> = new Set(['NODE_COMPILE_CACHE']);
