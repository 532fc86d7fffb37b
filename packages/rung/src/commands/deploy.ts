import { buildCommand } from '@stricli/core';
import { printJson } from '../output/json-flag.ts';
import { createProgress } from '../output/progress.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';

interface Flags extends SessionFlags {
  readonly name?: string;
  readonly instanceType?: string;
  readonly instances?: number;
}

export const deployCommand = buildCommand({
  docs: { brief: 'Serve the model of a training job', fullDescription: 'rung deploy churn --instances 2' },
  parameters: {
    flags: {
      ...sessionFlags,
      name: { kind: 'parsed', parse: String, brief: 'Name of the endpoint (default: that of the job)', optional: true },
      instanceType: { kind: 'parsed', parse: String, brief: 'Default: ml.m5.large', optional: true },
      instances: { kind: 'parsed', parse: Number, brief: 'How many instances (default: 1)', optional: true },
    },
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Training job', placeholder: 'job' }] },
  },
  async func(flags: Flags, jobName: string) {
    const { Estimator } = await import('@rung/sdk');
    const { openSession } = await import('../platform/open-session.ts');
    const session = openSession(flags.stateDir);
    const estimator = await Estimator.attach(jobName, session);
    const progress = createProgress();
    const predictor = await estimator.deploy({
      onStatus: (status) => progress.update(`Endpoint ${flags.name ?? jobName}: ${status}`),
      ...(flags.name === undefined ? {} : { endpointName: flags.name }),
      ...(flags.instanceType === undefined ? {} : { instanceType: flags.instanceType }),
      ...(flags.instances === undefined ? {} : { instanceCount: flags.instances }),
    });
    progress.done(`Endpoint ${predictor.endpointName} is in service.`);
    if (flags.json)
      printJson(await session.sagemaker.call('DescribeEndpoint', { EndpointName: predictor.endpointName }));
    else process.stdout.write(`Next: rung predict ${predictor.endpointName} --csv 1,2,3\n`);
  },
});
