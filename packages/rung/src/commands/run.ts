import { basename, extname } from 'node:path';
import type { ProcessorOutputs, RunEvent } from '@rung/sdk';
import { buildCommand } from '@stricli/core';
import { printJson } from '../output/json-flag.ts';
import { createProgress } from '../output/progress.ts';
import { pairs, toRecord } from './pair-flags.ts';
import { programAliases, type ProgramFlags, programFlags, programOptions } from './program-flags.ts';

interface Flags extends ProgramFlags {
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly arg?: readonly string[];
}

export const runCommand = buildCommand({
  docs: {
    brief: 'Run a processing job: a script or a program over data',
    fullDescription:
      'PROGRAM is a script of yours (prepare.py, prepare.ts, prepare.sh), an image, or `rung/host` for a program of this machine (--entrypoint). It finds the input NAME in /opt/ml/processing/input/NAME, and leaves the output NAME in /opt/ml/processing/output/NAME.\n\n' +
      'rung run prepare.py --framework scikit-learn --input data=./data --output result=./out\n' +
      'rung run prepare.ts --input data=s3://bucket/raw/ --output clean=s3://bucket/clean\n' +
      'rung run rung/host --entrypoint "sort -o output input" --input words=words.txt',
  },
  parameters: {
    flags: {
      input: pairs('NAME=PATH, a file, a folder or an s3:// URI'),
      output: pairs('NAME=PATH, a folder to bring it to, or the s3:// URI to store it at'),
      arg: pairs('An argument of the program'),
      ...programFlags,
    },
    aliases: programAliases,
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Script or image', placeholder: 'program' }] },
  },
  async func(flags: Flags, program: string) {
    const { openSession } = await import('../platform/open-session.ts');
    const { programProcessor } = await import('../platform/program-processor.ts');
    const session = openSession(flags.stateDir);
    const run = await programProcessor(program, {
      session,
      baseJobName: basename(program, extname(program)),
      ...programOptions(flags),
    });
    const progress = createProgress();
    const places = toRecord('--output', flags.output);
    const job = await run({
      inputs: toRecord('--input', flags.input),
      outputs: remote(places),
      arguments: flags.arg ?? [],
      wait: !flags.detach,
      onEvent: (event) => showEvent(event, flags.quiet, progress),
      ...(flags.name !== undefined && { jobName: flags.name }),
    });
    if (flags.detach) {
      if (flags.json) printJson(await job.describe());
      else progress.done(`Processing job ${job.name} was accepted. Follow it with: rung logs -f ${job.name}`);
      return;
    }
    const brought = [];
    for (const [name, folder] of Object.entries(places)) {
      if (folder.startsWith('s3://')) continue;
      progress.update(`Downloading output ${name}`);
      brought.push({ name, folder, files: (await job.download(name, folder)).length });
    }
    const description = await job.describe();
    if (flags.json) {
      printJson(description);
      return;
    }
    progress.done(`Processing job ${job.name}: ${description.ProcessingJobStatus}.`);
    if (description.ExitMessage !== undefined) process.stdout.write(`${description.ExitMessage}\n`);
    for (const { name, folder, files } of brought)
      process.stdout.write(`Output ${name}: ${files} ${files === 1 ? 'file' : 'files'} in ${folder}\n`);
  },
});

/** An output for a folder of this machine is stored where the SDK puts it, and brought from there. */
function remote(places: Readonly<Record<string, string>>): ProcessorOutputs {
  return Object.fromEntries(
    Object.entries(places).map(([name, place]) => [name, place.startsWith('s3://') ? place : {}]),
  );
}

function showEvent(event: RunEvent, quiet: boolean, progress: ReturnType<typeof createProgress>): void {
  switch (event.type) {
    case 'upload':
      progress.update(`Uploading input ${event.input}`, event.total === 0 ? 1 : event.sent / event.total);
      return;
    case 'status':
      progress.update(event.status);
      return;
    case 'log':
      if (!quiet) progress.line(event.line);
      return;
  }
}
