import { buildCommand, buildRouteMap } from '@stricli/core';
import { printJson } from '../output/json-flag.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';

const interruptCommand = buildCommand({
  docs: {
    brief: 'Take the Spot instances of a training job away',
    fullDescription:
      'Does what a cloud does that needs its capacity back: the program gets SIGTERM and two minutes (spot.graceSeconds in rung.yaml), its checkpoints are stored, ' +
      'and the job starts again from them on fresh instances. For jobs with EnableManagedSpotTraining.',
  },
  parameters: {
    flags: sessionFlags,
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Training job', placeholder: 'job' }] },
  },
  async func(flags: SessionFlags, name: string) {
    const { openSession } = await import('../platform/open-session.ts');
    const { TrainingJob } = await import('@rung/sdk');
    const job = new TrainingJob(openSession(flags.stateDir), name.replace(/^job\//, ''));
    await job.interrupt();
    if (flags.json) printJson(await job.describe());
    else
      process.stdout.write(
        `The instances of training job ${job.name} are taken away. Follow it with: rung logs -f ${job.name}\n`,
      );
  },
});

export const chaosRoutes = buildRouteMap({
  routes: { interrupt: interruptCommand },
  docs: { brief: 'Make happen what happens by itself in a cloud' },
});
