/** Training jobs with scripts written on the spot, for tests of script mode. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type Framework,
  frameworkImage,
  NodeScript,
  type ScriptOptions,
  type Session,
  SKLearn,
  TrainingFailed,
} from '@rung/sdk';
import { findScriptEnvironment } from '../../../tools/script-environments.ts';

export const environmentsDir = join(import.meta.dirname, '../../../.cache/environments');

/** Why tests that need a framework's environment are skipped; `false` when it is there. */
export function skipWithout(...names: readonly ('scikit-learn' | 'xgboost')[]): string | false {
  const missing = names.flatMap((name) => findScriptEnvironment(name) ?? []);
  return missing.length === 0 ? false : missing.join('; ');
}

export interface ScriptResult {
  readonly status: 'Completed' | 'Stopped' | 'Failed';
  /** FailureReason, '' when there is none. */
  readonly reason: string;
  readonly lines: readonly string[];
  readonly jobName: string;
}

export interface ScriptJob extends Partial<Omit<ScriptOptions, 'session'>> {
  /** Content by path in the source folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly framework?: Extract<Framework, 'scikit-learn' | 'node'>;
  /** Called with each line as it comes, e.g. to stop the job then. */
  readonly onLine?: (line: string, jobName: string) => void;
}

let jobs = 0;

/** Runs a job to its end. The entry point is the first of the files unless another is named. */
export async function runScript(
  session: Session,
  { files, framework = 'node', onLine, ...options }: ScriptJob,
): Promise<ScriptResult> {
  const folder = mkdtempSync(join(tmpdir(), 'src-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  jobs += 1;
  const jobName = `script-${process.pid}-${jobs}`;
  const entryPoint = options.entryPoint ?? Object.keys(files)[0] ?? '';
  const complete = { sourceDir: folder, ...options, entryPoint, session };
  const estimator = framework === 'node' ? new NodeScript(complete) : new SKLearn(complete);
  const lines: string[] = [];
  try {
    const job = await estimator.fit(
      {},
      {
        jobName,
        onEvent: (event) => {
          if (event.type !== 'log') return;
          lines.push(event.line);
          onLine?.(event.line, jobName);
        },
      },
    );
    const { TrainingJobStatus } = await job.describe();
    return { status: TrainingJobStatus === 'Stopped' ? 'Stopped' : 'Completed', reason: '', lines, jobName };
  } catch (error) {
    if (!(error instanceof TrainingFailed)) throw error;
    return { status: 'Failed', reason: error.description.FailureReason ?? '', lines, jobName };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const scikitLearnImage = frameworkImage('scikit-learn', 'train', {
  region: 'us-east-1',
  instanceType: 'ml.m5.large',
});

/** Processes with a text in their environment. Linux only: elsewhere there is no /proc to ask. */
export function processesWith(text: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((entry) => {
    try {
      return /^\d+$/.test(entry) && readFileSync(`/proc/${entry}/environ`, 'latin1').includes(text)
        ? [Number(entry)]
        : [];
    } catch {
      return []; // it has ended
    }
  });
}
