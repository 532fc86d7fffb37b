/** What `rung run PROGRAM` runs: a script of the user's own in a framework's environment, or an image. */
import { stat } from 'node:fs/promises';
import {
  FrameworkProcessor,
  type ProcessingJob,
  Processor,
  type ProcessorOptions,
  type RunOptions,
  type Session,
  SourceMissing,
} from '@rung/sdk';
import { UsageError } from '../usage-error.ts';
import { chooseFramework, isScript } from './script-framework.ts';

export interface RunWishes extends Omit<ProcessorOptions, 'image'> {
  readonly session: Session;
  readonly framework?: string;
  readonly source?: string;
  readonly requirements?: string;
}

/** @throws UsageError when the options do not belong together, or name no framework; SourceMissing when there is no such script. */
export async function programProcessor(
  program: string,
  { framework, source, requirements, entrypoint, ...options }: RunWishes,
): Promise<(run: RunOptions) => Promise<ProcessingJob>> {
  if (!isScript(program) && framework === undefined && source === undefined) {
    if (requirements !== undefined)
      throw new UsageError(
        `--requirements is for scripts, and "${program}" is none: it ends in neither .py nor .sh, .ts, .js.`,
      );
    const processor = new Processor({ ...options, image: program, ...(entrypoint !== undefined && { entrypoint }) });
    return (run) => processor.run(run);
  }
  if (entrypoint !== undefined)
    throw new UsageError('--entrypoint is for rung/host and images: a script is its own entry point.');
  if (source === undefined && (await stat(program).catch(() => undefined))?.isFile() !== true)
    throw new SourceMissing(`The script "${program}" does not exist, or is no file.`);
  const processor = new FrameworkProcessor({
    ...options,
    framework: await chooseFramework(program, framework, source),
  });
  return (run) =>
    processor.run({
      ...run,
      code: program,
      ...(source !== undefined && { sourceDir: source }),
      ...(requirements !== undefined && { requirements }),
    });
}
