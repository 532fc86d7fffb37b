import { acceleratedFamilies } from './accelerated-families.ts';
import { burstableFamilies, generalFamilies, type GeneralFamily } from './general-families.ts';

/** What one `ml.*` instance gives a program, and what AWS asks for it. */
export interface InstanceType {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly gpus: number;
  /** What the GPUs are, or the other accelerators (Inferentia, Trainium, Gaudi), which no count in {@link gpus} includes. */
  readonly accelerator?: { readonly model: string; readonly count: number };
  /**
   * Approximate on-demand price in us-east-1 in mid 2025, in US dollars; absent where no list price is known. For estimates of what a job would
   * cost on AWS: nothing here is billed.
   */
  readonly dollarsPerHour?: number;
}

const gibibyte = 1024 ** 3;

/** Undefined for a name that is none of AWS's, or that names no machine a program runs on (`ml.geospatial.interactive`, `ml.eia2.*`). */
export function findInstanceType(name: string): InstanceType | undefined {
  const [prefix, family = '', size = '', ...rest] = name.split('.');
  if (prefix !== 'ml' || rest.length > 0) return undefined;
  return accelerated(name, family, size) ?? burstable(name, family, size) ?? general(name, family, size);
}

/** `3.8 GiB`, `16 GiB`: for messages. */
export function formatMemory(bytes: number): string {
  return `${Math.round((bytes / gibibyte) * 10) / 10} GiB`;
}

function accelerated(name: string, family: string, size: string): InstanceType | undefined {
  const data = own(acceleratedFamilies, family);
  const row = data && own(data.sizes, size);
  if (data === undefined || row === undefined) return undefined;
  const [vcpus, gibibytes, count, dollars] = row;
  return {
    name,
    vcpus,
    memoryBytes: gibibytes * gibibyte,
    gpus: data.gpu ? count : 0,
    accelerator: { model: data.model, count },
    ...(dollars !== undefined && { dollarsPerHour: dollars }),
  };
}

function burstable(name: string, family: string, size: string): InstanceType | undefined {
  const row = own(own(burstableFamilies, family) ?? {}, size);
  if (row === undefined) return undefined;
  const [vcpus, gibibytes, dollars] = row;
  return { name, vcpus, memoryBytes: gibibytes * gibibyte, gpus: 0, dollarsPerHour: dollars };
}

function general(name: string, family: string, size: string): InstanceType | undefined {
  const data = own(generalFamilies, family);
  const vcpus = vcpusOf(size, data);
  if (data === undefined || vcpus === undefined) return undefined;
  const gibibytes = data.memoryExceptions?.[size] ?? vcpus * data.gibibytesPerVcpu;
  const dollars = Math.round(data.dollarsPerVcpuHour * vcpus * 10_000) / 10_000;
  return { name, vcpus, memoryBytes: gibibytes * gibibyte, gpus: 0, dollarsPerHour: dollars };
}

/** Within the ordinary families a size is a number of vCPUs: `large` 2, `xlarge` 4, `<n>xlarge` 4n. */
function vcpusOf(size: string, family: GeneralFamily | undefined): number | undefined {
  const exception = family?.vcpuExceptions?.[size];
  if (exception !== undefined) return exception;
  if (size === 'medium') return 1;
  if (size === 'large') return 2;
  if (size === 'xlarge') return 4;
  const match = /^([1-9]\d?)xlarge$/.exec(size);
  return match === null ? undefined : Number(match[1]) * 4;
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
