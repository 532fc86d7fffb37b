import { buildCommand } from '@stricli/core';
import { savingText } from '../output/bill-line.ts';
import { printJson } from '../output/json-flag.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';

export const describeCommand = buildCommand({
  docs: { brief: 'Say everything about a job, an endpoint, a model or an endpoint configuration' },
  parameters: {
    flags: sessionFlags,
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Name, or kind/name', placeholder: 'name' }] },
  },
  async func(flags: SessionFlags, name: string) {
    const { openSession } = await import('../platform/open-session.ts');
    const { findResource } = await import('../platform/find-resource.ts');
    const { kind, description } = await findResource(openSession(flags.stateDir), name);
    if (flags.json) {
      printJson(description);
      return;
    }
    const { stringify } = await import('yaml');
    process.stdout.write(stringify(JSON.parse(JSON.stringify(description))));
    const { spotSaving } = await import('@rung/sdk');
    const saving = kind === 'job' ? spotSaving(description) : undefined;
    if (saving !== undefined) process.stdout.write(`# ${savingText(saving)}\n`);
  },
});
