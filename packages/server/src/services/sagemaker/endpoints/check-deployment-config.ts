import type { DeploymentConfig } from '@rung/wire/types/sagemaker';
import { validationError } from '../errors.ts';

/** Thrown for any way of moving traffic but all at once, which is what an update does without a DeploymentConfig too. */
export function checkDeploymentConfig(config: DeploymentConfig | undefined): void {
  if (config === undefined) return;
  if (config.RollingUpdatePolicy !== undefined) throw refused('Rolling updates (RollingUpdatePolicy) are');
  if ((config.AutoRollbackConfiguration?.Alarms?.length ?? 0) > 0) {
    throw refused('Rollback by alarms (AutoRollbackConfiguration) is');
  }
  const type = config.BlueGreenUpdatePolicy?.TrafficRoutingConfiguration.Type;
  if (type !== undefined && type !== 'ALL_AT_ONCE') throw refused(`Traffic routing of type ${type} is`);
}

function refused(feature: string): Error {
  return validationError(
    `${feature} not implemented yet. Leave DeploymentConfig out, or use BlueGreenUpdatePolicy with TrafficRoutingConfiguration of Type ALL_AT_ONCE.`,
  );
}
