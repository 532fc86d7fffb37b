/** What the serving tests have in common: model archives, endpoints, and calls. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Session, WireError } from '@rung/sdk';
import { readBody } from '@rung/wire';
import { startPlatform, type TestPlatform } from './start-platform.ts';

export const environmentsDir = join(import.meta.dirname, '../../../.cache/environments');

/** A file's text or bytes by its path in the archive; `{ link }` makes a symbolic link. */
export type Files = Readonly<
  Record<string, string | Uint8Array | { readonly link: string } | { readonly copyOf: string }>
>;

export interface Served {
  readonly endpoint: string;
  readonly status: string;
  readonly reason: string;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly contentType: string;
}

export interface ModelBench {
  readonly platform: TestPlatform;
  readonly session: Session;
  /** Makes `model.tar.gz` of files, a model, an endpoint, and waits until it serves or failed. */
  serve(
    name: string,
    request: {
      readonly image: string;
      readonly files: Files;
      readonly code?: Files;
      readonly environment?: Record<string, string>;
    },
  ): Promise<Served>;
  /** A model's refusal is answered with its original status and message. */
  invoke(endpoint: string, body: string | Uint8Array, contentType?: string, accept?: string): Promise<Answered>;
  close(): Promise<void>;
}

export const scikitLearn = '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3';

export async function openModelBench(): Promise<ModelBench> {
  const platform = await startPlatform({ tlsPort: false, environmentsDir });
  const session = new Session({ stateDir: platform.description.stateDir });
  const bucket = await session.defaultBucket();
  const upload = async (key: string, files: Files): Promise<string> => {
    await session.s3.call('PutObject', { Bucket: bucket, Key: key, Body: archive(files) });
    return `s3://${bucket}/${key}`;
  };
  return {
    platform,
    session,
    async serve(name, { image, files, code, environment = {} }) {
      const { sagemaker } = session;
      const ModelDataUrl = await upload(`${name}/model.tar.gz`, files);
      const submitted =
        code === undefined ? {} : { SAGEMAKER_SUBMIT_DIRECTORY: await upload(`${name}/sourcedir.tar.gz`, code) };
      await sagemaker.call('CreateModel', {
        ModelName: name,
        ExecutionRoleArn: 'arn:aws:iam::000000000000:role/Rung',
        PrimaryContainer: { Image: image, ModelDataUrl, Environment: { ...submitted, ...environment } },
      });
      const variant = {
        VariantName: 'AllTraffic',
        ModelName: name,
        InitialInstanceCount: 1,
        InstanceType: 'ml.m5.large',
      } as const;
      await sagemaker.call('CreateEndpointConfig', { EndpointConfigName: name, ProductionVariants: [variant] });
      await sagemaker.call('CreateEndpoint', { EndpointName: name, EndpointConfigName: name });
      for (let tries = 0; tries < 600; tries += 1) {
        const { EndpointStatus: status, FailureReason: reason = '' } = await sagemaker.call('DescribeEndpoint', {
          EndpointName: name,
        });
        if (status !== 'Creating') return { endpoint: name, status, reason };
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`endpoint ${name} is still Creating after 30 s`);
    },
    async invoke(endpoint, body, ContentType = 'text/csv', Accept = 'application/json') {
      try {
        const answer = await session.runtime.call('InvokeEndpoint', {
          EndpointName: endpoint,
          ContentType,
          Accept,
          Body: typeof body === 'string' ? Buffer.from(body) : body,
        });
        const text = Buffer.from(await readBody(answer.Body ?? new Uint8Array())).toString();
        return { status: 200, text, contentType: answer.ContentType ?? '' };
      } catch (error) {
        if (!(error instanceof WireError) || error.code !== 'ModelError') throw error;
        const { OriginalStatusCode: status, OriginalMessage: text } = error.members as {
          OriginalStatusCode: number;
          OriginalMessage: string;
        };
        return { status, text, contentType: '' };
      }
    },
    close: () => platform.close(),
  };
}

function archive(files: Files): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'archive-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      const target = join(folder, 'files', path);
      mkdirSync(dirname(target), { recursive: true });
      if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(target, content);
      else if ('copyOf' in content) cpSync(content.copyOf, target, { recursive: true });
      else execFileSync('ln', ['-s', content.link, target]);
    }
    mkdirSync(join(folder, 'files'), { recursive: true });
    execFileSync('tar', ['-czf', join(folder, 'model.tar.gz'), '-C', join(folder, 'files'), '.']);
    return readFileSync(join(folder, 'model.tar.gz'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Why models of an environment cannot be tested here; `false` when they can. */
export function missingEnvironment(name: string): string | false {
  return existsSync(environmentsDir) && execFileSync('ls', [environmentsDir], { encoding: 'utf8' }).includes(`${name}-`)
    ? false
    : `the environment ${name} is not in .cache/environments`;
}

/** Its python, for tests that make a model with it. */
export function pythonOf(name: string): string {
  const [folder = ''] = execFileSync('ls', [environmentsDir], { encoding: 'utf8' })
    .split('\n')
    .filter((entry) => entry.startsWith(`${name}-`));
  return join(environmentsDir, folder, 'bin/python');
}
