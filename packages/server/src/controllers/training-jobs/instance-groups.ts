/** The instances of a request, one type or several: pure. */
import type { ResourceConfig } from '@rung/wire/types/sagemaker';
import type { Input } from '@rung/worker';
import type { InstanceDifference } from '../../engines/workload.ts';
import { findInstanceType, type InstanceType } from '../../instances/instance-type.ts';
import type { Json } from '../../json.ts';
import { resourceConfigFile } from './config-files.ts';
import type { TrainingWorkloadParts } from './workload-parts.ts';

export interface InstanceGroup {
  readonly name: string;
  readonly type: InstanceType;
  /** `algo-1` …: numbered on from group to group. */
  readonly hosts: readonly string[];
}

/** SageMaker's name of the group where the request names none. */
export const onlyGroup = 'homogeneousCluster';

/** The groups in the order of the request, or the name of a type that is none. */
export function instanceGroups(config: Json<ResourceConfig> | undefined): readonly InstanceGroup[] | string {
  const given = config?.InstanceGroups ?? [];
  const asked = given.length > 0 ? given : [{ ...config, InstanceGroupName: onlyGroup }];
  const groups: InstanceGroup[] = [];
  let before = 0;
  for (const { InstanceGroupName: name = onlyGroup, InstanceType: typeName = '', InstanceCount = 1 } of asked) {
    const type = findInstanceType(typeName);
    if (type === undefined) return typeName;
    const first = before + 1;
    groups.push({ name, type, hosts: Array.from({ length: InstanceCount }, (_, index) => `algo-${first + index}`) });
    before += InstanceCount;
  }
  return groups;
}

/** What differs from instance to instance; `undefined` when nothing does. */
export function instanceDifferences(
  parts: TrainingWorkloadParts,
  inputs: readonly Input[],
): readonly InstanceDifference[] | undefined {
  const { request, capabilities, groups } = parts;
  if (request.ResourceConfig?.InstanceGroups === undefined) return undefined;
  const onlyFor = new Map(
    (request.InputDataConfig ?? []).map(({ ChannelName, DataSource }) => [
      ChannelName,
      DataSource.S3DataSource?.InstanceGroupNames ?? [],
    ]),
  );
  return groups.flatMap((group) =>
    group.hosts.map(() => ({
      limits: {
        vcpus: group.type.vcpus,
        memoryBytes: group.type.memoryBytes,
        gpus: Math.min(group.type.gpus, capabilities.gpus),
      },
      inputs: inputs.filter(({ name }) => {
        const names = onlyFor.get(name) ?? [];
        return names.length === 0 || names.includes(group.name);
      }),
      files: resourceConfigFile(parts, group),
    })),
  );
}
