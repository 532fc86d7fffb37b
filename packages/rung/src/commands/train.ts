import { buildCommand } from '@stricli/core';
import type { FitEvent } from '@rung/sdk';
import { billLine } from '../output/bill-line.ts';
import { printJson } from '../output/json-flag.ts';
import { createProgress } from '../output/progress.ts';
import { pairs, toRecord } from './pair-flags.ts';
import { programAliases, type ProgramFlags, programFlags, programOptions } from './program-flags.ts';
import { number, text } from './value-flags.ts';

interface Flags extends ProgramFlags {
  readonly data?: readonly string[];
  readonly set?: readonly string[];
  readonly metric?: readonly string[];
  readonly output?: string;
  readonly spotWait?: number;
  readonly checkpoints?: string;
  readonly keepAlive?: number;
}

export const trainCommand = buildCommand({
  docs: {
    brief: 'Train a model and watch it',
    fullDescription:
      'PROGRAM is a built-in algorithm (linear-learner, kmeans), a script of yours (train.py, train.ts, train.sh), an image, or `rung/host` for a program of this machine (--entrypoint).\n\n' +
      'rung train linear-learner --data train=train.csv --set predictor_type=binary_classifier --name churn\n' +
      'rung train kmeans --data train=points.csv --set k=8 --set feature_dim=32\n' +
      'rung train train.py --framework pytorch --data train=./data --set epochs=3 --requirements requirements.txt\n' +
      'rung train train.ts --data train=./data\n' +
      'rung train rung/host --entrypoint "python3 train.py" --name mine',
  },
  parameters: {
    flags: {
      data: pairs('CHANNEL=PATH, a file, a folder or an s3:// URI'),
      set: pairs('HYPERPARAMETER=VALUE'),
      metric: pairs('NAME=REGEX: a value to read from the log, the first group of the expression'),
      output: text('s3://bucket/prefix for the model (default: the default bucket)'),
      spotWait: number('Run on Spot instances, which may be taken away; seconds of waiting and running at most'),
      checkpoints: text('s3://bucket/prefix that /opt/ml/checkpoints is kept at while the program runs'),
      keepAlive: number('Seconds for which the instances are kept for the next job (default: 0)'),
      ...programFlags,
    },
    aliases: programAliases,
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Algorithm or image', placeholder: 'program' }] },
  },
  async func(flags: Flags, program: string) {
    const { openSession } = await import('../platform/open-session.ts');
    const { programEstimator } = await import('../platform/program-estimator.ts');
    const session = openSession(flags.stateDir);
    const estimator = await programEstimator(program, {
      ...programOptions(flags),
      hyperparameters: toRecord('--set', flags.set),
      metricDefinitions: Object.entries(toRecord('--metric', flags.metric)).map(([name, regex]) => ({ name, regex })),
      ...(flags.output !== undefined && { outputPath: flags.output }),
      ...(flags.spotWait !== undefined && { spot: { maxWaitSeconds: flags.spotWait } }),
      ...(flags.checkpoints !== undefined && { checkpoints: flags.checkpoints }),
      ...(flags.keepAlive !== undefined && { keepAliveSeconds: flags.keepAlive }),
      session,
    });
    const progress = createProgress();
    const job = await estimator.fit(toRecord('--data', flags.data), {
      wait: !flags.detach,
      onEvent: (event) => showEvent(event, flags.quiet, progress),
      ...(flags.name === undefined ? {} : { jobName: flags.name }),
    });
    const description = await job.describe();
    if (flags.json) {
      printJson(description);
      return;
    }
    if (flags.detach) {
      progress.done(`Training job ${job.name} was accepted. Follow it with: rung logs -f ${job.name}`);
      return;
    }
    progress.done(`Training job ${job.name}: ${description.TrainingJobStatus}.`);
    for (const metric of description.FinalMetricDataList ?? [])
      process.stdout.write(`${metric.MetricName}  ${metric.Value}\n`);
    process.stdout.write(`Model: ${description.ModelArtifacts?.S3ModelArtifacts}\nNext: rung deploy ${job.name}\n`);
  },
});

function showEvent(event: FitEvent, quiet: boolean, progress: ReturnType<typeof createProgress>): void {
  switch (event.type) {
    case 'upload':
      progress.update(`Uploading channel ${event.channel}`, event.total === 0 ? 1 : event.sent / event.total);
      return;
    case 'status':
      progress.update(`${event.status}: ${event.message}`);
      return;
    case 'progress':
      progress.update('Training', event.fraction);
      return;
    case 'billed':
      progress.line(billLine(event));
      return;
    case 'log':
      if (!quiet) progress.line(event.line);
      return;
  }
}
