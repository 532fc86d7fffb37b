/** What the files below `/opt/ml/input/config` and the environment say of this instance. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface InstanceContext {
  /** `/opt/ml`, or what plays it. */
  readonly baseDir: string;
  readonly codeDir: string;
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly resourceConfig: ResourceConfig;
  readonly inputDataConfig: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly jobName: string;
  readonly cpus: number;
  readonly gpus: number;
}

export interface ResourceConfig {
  readonly current_host: string;
  readonly hosts: readonly string[];
  readonly current_instance_type?: string;
  readonly current_group_name?: string;
  readonly instance_groups?: readonly InstanceGroup[];
  readonly network_interface_name?: string;
}

export interface InstanceGroup {
  readonly instance_group_name: string;
  readonly instance_type: string;
  readonly hosts: readonly string[];
}

export function readInstanceContext(environment: NodeJS.ProcessEnv): InstanceContext {
  const baseDir = environment['SAGEMAKER_BASE_DIR'] ?? '/opt/ml';
  const host = environment['CURRENT_HOST'] ?? 'algo-1';
  const read = (name: string): unknown => readConfig(join(baseDir, 'input/config', `${name}.json`));
  return {
    baseDir,
    codeDir: join(baseDir, 'code'),
    // The platform writes these three files, in these forms.
    hyperparameters: (read('hyperparameters') ?? {}) as InstanceContext['hyperparameters'],
    resourceConfig: (read('resourceconfig') ?? { current_host: host, hosts: [host] }) as ResourceConfig,
    inputDataConfig: (read('inputdataconfig') ?? {}) as InstanceContext['inputDataConfig'],
    jobName: environment['TRAINING_JOB_NAME'] ?? '',
    cpus: count(environment['RUNG_THREADS']) ?? 1,
    gpus: count(environment['RUNG_GPUS']) ?? 0,
  };
}

function readConfig(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined; // a program outside a training job has none
  }
  return JSON.parse(text);
}

function count(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isInteger(value) && value >= 0 ? value : undefined;
}
