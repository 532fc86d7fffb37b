import type { ServiceName } from '@rung/wire';

const MIB = 1024 * 1024;

/** The most bytes of a body that is kept in memory, where it is not `DEFAULT`. AWS's own are a few MiB; real requests stay far below. */
const limits: Partial<Record<ServiceName, number>> = {
  'sagemaker-runtime': 25 * MIB,
  sts: MIB,
  iam: MIB,
};
const DEFAULT = 8 * MIB;

/** In bytes; `undefined` for S3, whose bodies flow through. */
export function bodyLimit(service: ServiceName): number | undefined {
  return service === 's3' ? undefined : (limits[service] ?? DEFAULT);
}
