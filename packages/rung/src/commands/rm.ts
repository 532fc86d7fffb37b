import { buildCommand } from '@stricli/core';
import { printJson } from '../output/json-flag.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';

/** The job that trained a model often has its endpoint's name, and is the last thing that is meant. */
const removable = ['endpoint', 'endpoint-config', 'model', 'job', 'processing-job'] as const;

export const rmCommand = buildCommand({
  docs: {
    brief: 'Remove an endpoint, an endpoint configuration, a model or a finished job',
    fullDescription:
      'An endpoint goes with its configuration and models. `model/NAME` says which is meant where several kinds have the name.',
  },
  parameters: {
    flags: sessionFlags,
    positional: {
      kind: 'array',
      parameter: { parse: String, brief: 'Name, or kind/name', placeholder: 'name' },
      minimum: 1,
    },
  },
  async func(flags: SessionFlags, ...names: string[]) {
    const { Predictor } = await import('@rung/sdk');
    const { openSession } = await import('../platform/open-session.ts');
    const { findResource } = await import('../platform/find-resource.ts');
    const session = openSession(flags.stateDir);
    const removed = [];
    for (const asked of names) {
      const { kind, name } = await findResource(session, asked, removable);
      switch (kind) {
        case 'endpoint':
          await new Predictor({ endpointName: name, session }).delete();
          break;
        case 'model':
          await session.sagemaker.call('DeleteModel', { ModelName: name });
          break;
        case 'endpoint-config':
          await session.sagemaker.call('DeleteEndpointConfig', { EndpointConfigName: name });
          break;
        case 'job':
          await session.sagemaker.call('DeleteTrainingJob', { TrainingJobName: name });
          break;
        case 'processing-job':
          await session.sagemaker.call('DeleteProcessingJob', { ProcessingJobName: name });
          break;
      }
      removed.push({ kind, name });
      if (!flags.json) process.stdout.write(`Removed ${kind} ${name}.\n`);
    }
    if (flags.json) printJson({ removed });
  },
});
