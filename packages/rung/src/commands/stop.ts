import { buildCommand } from '@stricli/core';
import { printJson } from '../output/json-flag.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';

export const stopCommand = buildCommand({
  docs: {
    brief: 'Stop a training job',
    fullDescription: 'The program is asked to end and has two minutes to do so; the model so far is kept.',
  },
  parameters: {
    flags: sessionFlags,
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Training job', placeholder: 'job' }] },
  },
  async func(flags: SessionFlags, name: string) {
    const { openSession } = await import('../platform/open-session.ts');
    const { TrainingJob } = await import('@rung/sdk');
    const job = new TrainingJob(openSession(flags.stateDir), name.replace(/^job\//, ''));
    await job.stop();
    const description = await job.wait({ logs: false });
    if (flags.json) printJson(description);
    else process.stdout.write(`Training job ${job.name}: ${description.TrainingJobStatus}.\n`);
  },
});
