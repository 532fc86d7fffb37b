import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from '@rung/sdk';
import { buildCommand } from '@stricli/core';
import type { FoundResource } from '../platform/find-resource.ts';
import { UsageError } from '../usage-error.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';

interface Flags extends SessionFlags {
  readonly follow: boolean;
}

export const logsCommand = buildCommand({
  docs: {
    brief: 'Show the log of a training job, a processing job or an endpoint',
    fullDescription: 'With --follow it goes on until the job ends. With --json each line is a JSON object.',
  },
  parameters: {
    flags: { ...sessionFlags, follow: { kind: 'boolean', brief: 'Go on as lines are written', default: false } },
    aliases: { f: 'follow' },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'Job or endpoint', placeholder: 'name' }],
    },
  },
  async func(flags: Flags, name: string) {
    const { openSession } = await import('../platform/open-session.ts');
    const { findResource } = await import('../platform/find-resource.ts');
    const session = openSession(flags.stateDir);
    const found = await findResource(session, name);
    const isJob = found.kind === 'job' || found.kind === 'processing-job';
    if (!isJob && found.kind !== 'endpoint') throw new UsageError(`"${name}" is a ${found.kind}, which has no log`);
    const { LogTail } = await import('@rung/sdk');
    const tail = isJob
      ? new LogTail(session, { group: logGroups[found.kind], prefix: `${found.name}/` })
      : new LogTail(session, { group: `/aws/sagemaker/Endpoints/${found.name}`, prefix: '' });
    for (;;) {
      const ended = !flags.follow || (isJob && (await hasEnded(session, found)));
      for (const event of await tail.read()) {
        const line = flags.json ? JSON.stringify({ ...event, timestamp: event.timestamp.toISOString() }) : event.line;
        process.stdout.write(`${line}\n`);
      }
      if (ended) return;
      await delay(300);
    }
  },
});

const logGroups = { job: '/aws/sagemaker/TrainingJobs', 'processing-job': '/aws/sagemaker/ProcessingJobs' };

async function hasEnded({ sagemaker }: Session, { kind, name }: FoundResource): Promise<boolean> {
  const status =
    kind === 'job'
      ? (await sagemaker.call('DescribeTrainingJob', { TrainingJobName: name })).TrainingJobStatus
      : (await sagemaker.call('DescribeProcessingJob', { ProcessingJobName: name })).ProcessingJobStatus;
  return status !== 'InProgress' && status !== 'Stopping';
}
