/** The jobs of a run: what each is asked to do, and what must have come of it. */
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import { join } from 'node:path';
import { region } from './clients.ts';
import type { Random } from './random.ts';

const program = join(import.meta.dirname, 'job-program.sh');

export const bucket = 'chaos';
export const role = `arn:aws:iam::000000000000:role/Chaos`;
export const kmeansImage = `382416733822.dkr.ecr.${region}.amazonaws.com/kmeans:1`;

export type JobKind =
  /** Counts its starts, prints lines, leaves a model. */
  | 'works'
  /** Writes a failure file and ends with code 3. */
  | 'fails'
  /** Would run for minutes, and is stopped. */
  | 'is-stopped'
  /** The built-in algorithm, on real input. */
  | 'kmeans';

export interface PlannedJob {
  readonly name: string;
  readonly kind: JobKind;
  /** Where its program writes `start PID` and `end PID`, one line each, appended. */
  readonly ledger: string;
  readonly lines: number;
  /** From its creation to its stop, in milliseconds; only of `is-stopped`. */
  readonly stopAfterMs: number;
  readonly request: CreateTrainingJobRequest;
}

export function planJob(number: number, random: Random, ledgers: string): PlannedJob {
  const name = `job-${number}`;
  const draw = random.next();
  const kind: JobKind = draw < 0.55 ? 'works' : draw < 0.7 ? 'fails' : draw < 0.88 ? 'is-stopped' : 'kmeans';
  const lines = random.whole(1, 40);
  const seconds = random.between(0.2, 5).toFixed(2);
  const stopAfterMs = random.between(0, 6000);
  const ledger = join(ledgers, name);
  return { name, kind, ledger, lines, stopAfterMs, request: requestOf(name, kind, [ledger, String(lines), seconds]) };
}

function requestOf(
  name: string,
  kind: JobKind,
  parameters: [ledger: string, lines: string, seconds: string],
): CreateTrainingJobRequest {
  const common = {
    TrainingJobName: name,
    RoleArn: role,
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/models` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  } as const;
  if (kind === 'kmeans') {
    return {
      ...common,
      AlgorithmSpecification: { TrainingImage: kmeansImage, TrainingInputMode: 'File' },
      HyperParameters: { k: '2', feature_dim: '2' },
      InputDataConfig: [
        {
          ChannelName: 'train',
          ContentType: 'text/csv;label_size=0',
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/points/` } },
        },
      ],
    };
  }
  return {
    ...common,
    AlgorithmSpecification: {
      TrainingImage: 'rung/host',
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['/bin/sh', program, kind, name],
      ContainerArguments: parameters,
    },
  };
}
