import { buildCommand } from '@stricli/core';
import { jsonFlag, printJson } from '../output/json-flag.ts';
import { UsageError } from '../usage-error.ts';
import { exampleNames, loadExample, parseExampleName } from '../quickstart/examples.ts';

interface Flags {
  readonly json: boolean;
  readonly picture?: string;
}

export const quickstartCommand = buildCommand({
  docs: {
    brief: 'See the whole way in seconds: train on real data, deploy, predict, and how good it is',
    fullDescription: `Runs a platform of its own in a temporary folder, and leaves neither a process nor a file behind. Without an algorithm: linear-learner.
Algorithms: ${exampleNames.join(', ')}.`,
  },
  parameters: {
    flags: {
      json: jsonFlag,
      picture: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'FILE.svg',
        brief: 'Draw what was learnt, where the example has a picture',
      },
    },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, placeholder: 'algorithm', brief: 'Whose example to run', default: 'linear-learner' },
      ],
    },
  },
  async func(flags: Flags, name: string) {
    const algorithm = parseExampleName(name);
    const example = await loadExample(algorithm);
    if (flags.picture !== undefined && !example.draws)
      throw new UsageError(`The example of ${algorithm} has no picture: leave --picture out.`);
    const { runQuickstart } = await import('../quickstart/run-quickstart.ts');
    const { report } = await import('../quickstart/report.ts');
    const outcome = await runQuickstart(algorithm, example);
    const { quality, measures, seconds, picture } = outcome;
    if (flags.picture !== undefined && picture !== undefined) {
      const { drawPicture } = await import('../quickstart/picture.ts');
      await drawPicture(picture, flags.picture);
    }
    if (flags.json) printJson({ algorithm, quality, ...measures, seconds });
    else process.stdout.write(report(outcome));
  },
});
