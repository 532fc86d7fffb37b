/** What an observation means for an instance: pure. */
import type { InstanceExit } from '../../engines/workload.ts';
import type { DeployedInstance, PlannedVariant } from '../../services/sagemaker/endpoints/types.ts';
import type { Observation } from './observe.ts';

export type Verdict =
  | { readonly type: 'goes-on'; readonly instance: DeployedInstance }
  | { readonly type: 'failed'; readonly failure: InstanceFailure };

export interface InstanceFailure {
  readonly planned: PlannedVariant;
  readonly instance: DeployedInstance;
  readonly cause:
    | { readonly type: 'exited'; readonly exit: InstanceExit }
    /** Ran, but did not answer /ping in time. */
    | { readonly type: 'not-healthy-in-time' }
    /** Was healthy and stopped answering /ping. */
    | { readonly type: 'stopped-answering' };
}

/** An instance that has been healthy for so long owes nothing to the failures before it. */
const forgivenAfterMs = 60_000;

export function judgeInstance(
  planned: PlannedVariant,
  instance: DeployedInstance,
  observed: Observation,
  now: Date,
): Verdict {
  const failed = (cause: InstanceFailure['cause']): Verdict => ({
    type: 'failed',
    failure: { planned, instance, cause },
  });
  switch (observed.type) {
    case 'exited':
      return failed({ type: 'exited', exit: observed.exit });
    case 'absent':
      // What has not been started is absent; what was healthy has been lost, e.g. because the machine was started anew.
      if (instance.state === 'starting') return { type: 'goes-on', instance: notYetRunning(instance) };
      return failed({ type: 'exited', exit: { reason: 'lost', message: 'The instance is gone.' } });
    case 'preparing':
      return { type: 'goes-on', instance };
    case 'running':
      return instance.state === 'healthy' ? judgeHealthy(instance) : judgeStarting(instance);
  }

  function judgeHealthy(healthy: DeployedInstance): Verdict {
    if (observed.type !== 'running' || observed.health === 'failing') return failed({ type: 'stopped-answering' });
    const forgiven = healthy.failures > 0 && now.getTime() - Date.parse(healthy.healthySince ?? '') >= forgivenAfterMs;
    const moved = observed.address !== undefined && observed.address !== healthy.address;
    if (!forgiven && !moved) return { type: 'goes-on', instance: healthy };
    return {
      type: 'goes-on',
      instance: { ...healthy, ...(forgiven && { failures: 0 }), ...(moved && { address: observed.address }) },
    };
  }

  function judgeStarting(starting: DeployedInstance): Verdict {
    if (observed.type !== 'running') return { type: 'goes-on', instance: starting };
    const { address, health } = observed;
    const runningSince = starting.runningSince ?? now.toISOString();
    if (health === 'healthy' && address !== undefined) {
      const healthySince = now.toISOString();
      return { type: 'goes-on', instance: { ...starting, state: 'healthy', runningSince, healthySince, address } };
    }
    const deadline = Date.parse(runningSince) + planned.startupTimeoutSeconds * 1000;
    // After a restart of the control plane it may have become well meanwhile: it is asked before it is judged.
    if (health === 'unwell' && now.getTime() >= deadline) return failed({ type: 'not-healthy-in-time' });
    return {
      type: 'goes-on',
      instance: starting.runningSince === undefined ? { ...starting, runningSince } : starting,
    };
  }
}

/** What ran before is gone, e.g. because the platform was stopped: the startup timeout begins anew with the next start. */
function notYetRunning(instance: DeployedInstance): DeployedInstance {
  const { runningSince: _, ...rest } = instance;
  return rest;
}
