/** Processing with a script of one's own, in an image or in a framework's environment. */
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { timestampedName } from './job-names.ts';
import { packSource, SourceMissing } from './pack-source.ts';
import type { ProcessingJob } from './processing-job.ts';
import { Processor, type ProcessorOptions, type RunOptions } from './processor.ts';
import { type Framework, frameworkImage } from './script-images.ts';
import { Session } from './session.ts';

const codeFolder = '/opt/ml/processing/input/code';

export interface ScriptProcessorOptions extends Omit<ProcessorOptions, 'entrypoint'> {
  /** What runs the script. Default: by its name, `python3`, `node` or `bash`. */
  command?: readonly string[];
}

export interface ScriptRunOptions extends RunOptions {
  /** The script: a path on this machine, or an `s3://` URI. */
  code: string;
}

/** Runs one script, which needs nothing beside it, in an image. */
export class ScriptProcessor {
  readonly options: ScriptProcessorOptions;
  readonly session: Session;
  /** The job that {@link run} created last. */
  job: ProcessingJob | undefined;

  constructor(options: ScriptProcessorOptions) {
    this.options = options;
    this.session = options.session ?? new Session();
  }

  /**
   * Uploads the script and the data, creates the job and follows it to its end.
   * @throws SourceMissing when there is no such script; WireError when the platform refuses the job; ProcessingFailed when it fails.
   */
  async run({ code, ...run }: ScriptRunOptions): Promise<ProcessingJob> {
    if (!code.startsWith('s3://')) await expectFile(code);
    const { command = interpreterOf(code), ...options } = this.options;
    const processor = new Processor({
      baseJobName: stem(code),
      ...options,
      entrypoint: [...command, `${codeFolder}/${basename(code)}`],
      session: this.session,
    });
    const inputs = { ...run.inputs, code: { source: code, destination: codeFolder } };
    try {
      return await processor.run({ ...run, inputs });
    } finally {
      this.job = processor.job ?? this.job;
    }
  }
}

export interface FrameworkProcessorOptions extends Omit<ScriptProcessorOptions, 'image'> {
  framework: Framework;
  /** Version in the image's name. Rung runs the version that its environment has, and says so in the log. */
  frameworkVersion?: string;
  /** Image to use instead of the framework's. */
  image?: string;
}

export interface FrameworkRunOptions extends ScriptRunOptions {
  /** A folder on this machine whose files the script needs; {@link ScriptRunOptions.code} is then a path in it. Default: the script alone. */
  sourceDir?: string;
  /** A file of Python packages to install, packed as `requirements.txt`. Default: the one in {@link sourceDir}, if any. */
  requirements?: string;
}

/** Runs a script with what lies beside it, and what it asks for in `requirements.txt`, in a framework's environment. */
export class FrameworkProcessor {
  readonly options: FrameworkProcessorOptions;
  readonly session: Session;
  /** The job that {@link run} created last. */
  job: ProcessingJob | undefined;

  constructor(options: FrameworkProcessorOptions) {
    this.options = options;
    this.session = options.session ?? new Session();
  }

  /**
   * Packs and uploads the source and the data, creates the job and follows it to its end.
   * @throws SourceMissing when there is no such script; WireError when the platform refuses the job; ProcessingFailed when it fails.
   */
  async run({ code, sourceDir, requirements, ...run }: FrameworkRunOptions): Promise<ProcessingJob> {
    const { framework, frameworkVersion, command = interpreterOf(code), ...options } = this.options;
    const { archive, program } = await packSource({
      entryPoint: code,
      ...(sourceDir !== undefined && { folder: sourceDir }),
      ...(requirements !== undefined && { requirements }),
    });
    const jobName = run.jobName ?? timestampedName(options.baseJobName ?? stem(code));
    const start = new TextEncoder().encode(startScript([...command, program]));
    const inputs = {
      ...run.inputs,
      code: { source: await this.#put(jobName, 'source/sourcedir.tar.gz', archive), destination: codeFolder },
      entrypoint: { source: await this.#put(jobName, 'source/start.sh', start) },
    };
    const { session } = this;
    const { instanceType = 'ml.m5.large' } = options;
    const version = frameworkVersion === undefined ? {} : { version: frameworkVersion };
    const processor = new Processor({
      image: frameworkImage(framework, 'train', { region: session.region, instanceType, ...version }),
      ...options,
      entrypoint: ['bash', '/opt/ml/processing/input/entrypoint/start.sh'],
      session,
    });
    try {
      return await processor.run({ ...run, jobName, inputs });
    } finally {
      this.job = processor.job ?? this.job;
    }
  }

  async #put(jobName: string, name: string, Body: Uint8Array): Promise<string> {
    const Bucket = await this.session.defaultBucket();
    const Key = `${jobName}/${name}`;
    await this.session.s3.call('PutObject', { Bucket, Key, Body });
    return `s3://${Bucket}/${Key}`;
  }
}

/** A scikit-learn script, as {@link ScriptProcessor} runs it. */
export class SKLearnProcessor extends ScriptProcessor {
  constructor({ frameworkVersion, ...options }: Omit<ScriptProcessorOptions, 'image'> & { frameworkVersion?: string }) {
    const session = options.session ?? new Session();
    const { instanceType = 'ml.m5.large' } = options;
    const version = frameworkVersion === undefined ? {} : { version: frameworkVersion };
    super({
      ...options,
      image: frameworkImage('scikit-learn', 'train', { region: session.region, instanceType, ...version }),
      session,
    });
  }
}

/** Unpacks the source, installs what it asks for, and becomes the program. The same on AWS. */
function startScript(command: readonly string[]): string {
  return [
    '#!/bin/bash',
    'set -e',
    'cd "$(dirname "$0")/../code"',
    'tar -xzf sourcedir.tar.gz',
    'if [ -f requirements.txt ]; then python3 -m pip install -r requirements.txt; fi',
    'if [ -f package.json ]; then npm install --omit=dev --no-audit --no-fund; fi',
    `exec ${command.map(quoted).join(' ')} "$@"`,
    '',
  ].join('\n');
}

function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function interpreterOf(code: string): readonly string[] {
  if (/^\.(ts|mts|js|mjs|cjs)$/.test(extname(code))) return ['node'];
  return extname(code) === '.sh' ? ['bash'] : ['python3'];
}

async function expectFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw new SourceMissing(`The script "${path}" does not exist, or is no file.`);
}

function stem(path: string): string {
  return basename(path).replace(/\.\w+$/, '') || 'script';
}
