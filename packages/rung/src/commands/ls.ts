import { buildCommand } from '@stricli/core';
import { printJson } from '../output/json-flag.ts';
import { table } from '../output/table.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';

interface Flags extends SessionFlags {
  readonly limit: number;
}

export const lsCommand = buildCommand({
  docs: { brief: 'List training jobs, processing jobs, endpoints and models, newest first' },
  parameters: {
    flags: {
      ...sessionFlags,
      limit: { kind: 'parsed', parse: Number, brief: 'How many of each kind, at most 100', default: '20' },
    },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: kindOf,
          brief: 'jobs, processing-jobs, endpoints or models (default: all)',
          placeholder: 'kind',
          optional: true,
        },
      ],
    },
  },
  async func(flags: Flags, kind?: ListedKind) {
    const { openSession } = await import('../platform/open-session.ts');
    const { sagemaker } = openSession(flags.stateDir);
    const MaxResults = flags.limit;
    const lists = {
      jobs: async () => {
        const { TrainingJobSummaries } = await sagemaker.call('ListTrainingJobs', { MaxResults });
        return TrainingJobSummaries.map((job) => ({
          name: job.TrainingJobName,
          status: job.TrainingJobStatus,
          created: job.CreationTime,
        }));
      },
      'processing-jobs': async () => {
        const { ProcessingJobSummaries } = await sagemaker.call('ListProcessingJobs', { MaxResults });
        return ProcessingJobSummaries.map((job) => ({
          name: job.ProcessingJobName,
          status: job.ProcessingJobStatus,
          created: job.CreationTime,
        }));
      },
      endpoints: async () => {
        const { Endpoints } = await sagemaker.call('ListEndpoints', { MaxResults });
        return Endpoints.map((endpoint) => ({
          name: endpoint.EndpointName,
          status: endpoint.EndpointStatus,
          created: endpoint.CreationTime,
        }));
      },
      models: async () => {
        const { Models } = await sagemaker.call('ListModels', { MaxResults });
        return Models.map((model) => ({ name: model.ModelName, status: '', created: model.CreationTime }));
      },
    };
    const asked = kind === undefined ? listedKinds : [kind];
    const found = Object.fromEntries(
      await Promise.all(asked.map(async (name) => [name, await lists[name]()] as const)),
    );
    if (flags.json) {
      printJson(found);
      return;
    }
    const rows = asked.flatMap((name) =>
      (found[name] ?? []).map((item) => [
        name.slice(0, -1),
        item.name ?? '',
        item.status ?? '',
        item.created?.toISOString() ?? '',
      ]),
    );
    if (rows.length > 0) process.stdout.write(`${table(['KIND', 'NAME', 'STATUS', 'CREATED'], rows)}\n`);
    else process.stdout.write('Nothing yet. Train something: rung train --help\n');
  },
});

const listedKinds = ['jobs', 'processing-jobs', 'endpoints', 'models'] as const;
type ListedKind = (typeof listedKinds)[number];

function kindOf(text: string): ListedKind {
  const found = listedKinds.find((name) => name === text || name === `${text}s`);
  if (found === undefined) throw new SyntaxError(`"${text}" is no kind: it must be one of ${listedKinds.join(', ')}`);
  return found;
}
