import { buildCommand } from '@stricli/core';
import { jsonFlag, printJson } from '../output/json-flag.ts';

interface Flags {
  readonly json: boolean;
}

export const quickstartCommand = buildCommand({
  docs: {
    brief: 'See the whole way in seconds: train on real data, deploy, predict, and how good it is',
    fullDescription:
      'Runs a platform of its own in a temporary folder, and leaves neither a process nor a file behind.',
  },
  parameters: { flags: { json: jsonFlag } },
  async func(flags: Flags) {
    const { runQuickstart } = await import('../quickstart/run-quickstart.ts');
    const { report } = await import('../quickstart/report.ts');
    const result = await runQuickstart();
    if (flags.json) printJson(result);
    else process.stdout.write(report(result));
  },
});
