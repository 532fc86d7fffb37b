/** The `SM_*` variables that a script reads: pure. */
import { join } from 'node:path';
import { commandArguments, type ScriptHyperparameters, textParameter } from './hyperparameters.ts';
import type { InstanceContext } from './instance-context.ts';
import { type PythonValue, decodeValue, pythonJson } from './python-values.ts';

/** Every property of the toolkit's training environment, by its own name, in snake case. */
export function trainingEnvironment(
  { baseDir, codeDir, resourceConfig, inputDataConfig, jobName, cpus, gpus }: InstanceContext,
  { user, platform }: ScriptHyperparameters,
): Record<string, PythonValue> {
  const program = textParameter(platform, 'sagemaker_program') ?? null;
  const groups = resourceConfig.instance_groups ?? [];
  const group = resourceConfig.current_group_name ?? 'homogeneousCluster';
  const distributionGroups = distributionInstanceGroups(platform, group);
  const distributionHosts =
    groups.length === 0
      ? resourceConfig.hosts
      : groups.flatMap(({ instance_group_name: name, hosts }) => (distributionGroups.includes(name) ? hosts : []));
  const master = distributionHosts[0] ?? resourceConfig.hosts[0] ?? resourceConfig.current_host;
  return {
    additional_framework_parameters: frameworkParameters(platform),
    channel_input_dirs: Object.fromEntries(
      Object.keys(inputDataConfig).map((channel) => [channel, join(baseDir, 'input/data', channel)]),
    ),
    current_host: resourceConfig.current_host,
    current_instance_group: group,
    current_instance_group_hosts: groups.find(({ instance_group_name: name }) => name === group)?.hosts ?? [],
    current_instance_type: resourceConfig.current_instance_type ?? 'local',
    distribution_hosts: distributionHosts,
    distribution_instance_groups: distributionGroups,
    framework_module: null,
    hosts: resourceConfig.hosts,
    hyperparameters: user,
    input_config_dir: join(baseDir, 'input/config'),
    input_data_config: inputDataConfig,
    input_dir: join(baseDir, 'input'),
    instance_groups: groups.map(({ instance_group_name: name }) => name),
    instance_groups_dict: Object.fromEntries(groups.map((each) => [each.instance_group_name, { ...each }])),
    is_hetero: groups.length > 1,
    is_master: resourceConfig.current_host === master,
    is_modelparallel_enabled: null,
    job_name: jobName,
    log_level: platform['sagemaker_container_log_level'] ?? 20n,
    master_hostname: master,
    model_dir: join(baseDir, 'model'),
    module_dir: textParameter(platform, 'sagemaker_submit_directory') ?? codeDir,
    module_name: program === null ? null : program.replace(/\.py$/, ''),
    network_interface_name: resourceConfig.network_interface_name ?? 'eth0',
    num_cpus: BigInt(cpus),
    num_gpus: BigInt(gpus),
    num_neurons: 0n,
    output_data_dir: join(baseDir, 'output/data'),
    output_dir: join(baseDir, 'output'),
    output_intermediate_dir: join(baseDir, 'output/intermediate'),
    // Through JSON and back, so that its numbers are Python's.
    resource_config: decodeValue(JSON.stringify(resourceConfig)),
    user_entry_point: program,
  };
}

/** Properties that get a variable of their own. */
const exported = [
  'hosts',
  'network_interface_name',
  'user_entry_point',
  'resource_config',
  'input_data_config',
  'output_data_dir',
  'current_host',
  'current_instance_type',
  'current_instance_group',
  'current_instance_group_hosts',
  'instance_groups',
  'instance_groups_dict',
  'distribution_instance_groups',
  'is_hetero',
  'module_name',
  'log_level',
  'framework_module',
  'input_dir',
  'input_config_dir',
  'output_dir',
  'num_cpus',
  'num_gpus',
  'num_neurons',
  'model_dir',
  'module_dir',
  'output_intermediate_dir',
] as const;

/** The variables as they are set: text as it is, everything else as compact JSON with sorted keys. */
export function scriptVariables(
  environment: Readonly<Record<string, PythonValue>>,
  { user, platform }: ScriptHyperparameters,
): Record<string, string> {
  const channels = environment['channel_input_dirs'];
  const dirs = typeof channels === 'object' && channels !== null ? Object.entries(channels) : [];
  const values: Record<string, PythonValue> = {
    hps: user,
    framework_params: frameworkParameters(platform),
    channels: dirs.map(([channel]) => channel).sort(),
    training_env: environment,
    user_args: commandArguments(user),
  };
  for (const name of exported) values[name] = environment[name] ?? null;
  for (const [channel, dir] of dirs) values[`channel_${channel}`] = dir;
  for (const [name, value] of Object.entries(user)) values[`hp_${name}`] = value;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`SM_${name.toUpperCase()}`, variableText(value)]),
  );
}

function variableText(value: PythonValue): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : pythonJson(value);
}

/** What the toolkit itself understands; other names of the platform's are the framework's. */
const known = new Set([
  'sagemaker_program',
  'sagemaker_submit_directory',
  'sagemaker_enable_cloudwatch_metrics',
  'sagemaker_container_log_level',
  'sagemaker_job_name',
  'sagemaker_default_invocations_accept',
  'sagemaker_region',
  'sagemaker_s3_output',
]);

function frameworkParameters(platform: ScriptHyperparameters['platform']): Record<string, PythonValue> {
  return Object.fromEntries(Object.entries(platform).filter(([name]) => !known.has(name)));
}

function distributionInstanceGroups(platform: ScriptHyperparameters['platform'], group: string): string[] {
  const given = platform['sagemaker_distribution_instance_groups'];
  if (Array.isArray(given)) return given.map(String);
  const forms = ['mpi', 'parameter_server', 'distributed_dataparallel', 'pytorch_ddp', 'torch_distributed'];
  const names = [...forms, 'multi_worker_mirrored_strategy', 'pytorch_xla_multi_worker'];
  return names.some((form) => platform[`sagemaker_${form}_enabled`] === true) ? [group] : [];
}
