import { buildCommand } from '@stricli/core';
import { printJson } from '../output/json-flag.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';

export const stopCommand = buildCommand({
  docs: {
    brief: 'Stop a training job or a processing job',
    fullDescription: 'The program is asked to end and has two minutes to do so; what it has made so far is kept.',
  },
  parameters: {
    flags: sessionFlags,
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Job, or kind/name', placeholder: 'job' }] },
  },
  async func(flags: SessionFlags, name: string) {
    const { openSession } = await import('../platform/open-session.ts');
    const { ProcessingJob, TrainingJob } = await import('@rung/sdk');
    const { findResource } = await import('../platform/find-resource.ts');
    const session = openSession(flags.stateDir);
    const found = await findResource(session, name, ['job', 'processing-job']);
    const [job, kind] =
      found.kind === 'processing-job'
        ? [new ProcessingJob(session, found.name), 'Processing']
        : [new TrainingJob(session, found.name), 'Training'];
    await job.stop();
    const description = await job.wait({ logs: false });
    const status =
      'ProcessingJobStatus' in description ? description.ProcessingJobStatus : description.TrainingJobStatus;
    if (flags.json) printJson(description);
    else process.stdout.write(`${kind} job ${job.name}: ${status}.\n`);
  },
});
