import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { buildCommand } from '@stricli/core';
import { printJson } from '../output/json-flag.ts';
import { UsageError } from '../usage-error.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';

interface Flags extends SessionFlags {
  readonly csv?: string;
  readonly file?: string;
  readonly contentType?: string;
  readonly accept?: string;
  readonly variant?: string;
}

export const predictCommand = buildCommand({
  docs: {
    brief: 'Ask an endpoint',
    fullDescription:
      'rung predict churn --csv 5.1,3.5,1.4,0.2\nrung predict churn --file rows.csv --accept text/csv\ncat rows.jsonl | rung predict churn --content-type application/jsonlines',
  },
  parameters: {
    flags: {
      ...sessionFlags,
      csv: { kind: 'parsed', parse: String, brief: 'One row', optional: true },
      file: { kind: 'parsed', parse: String, brief: 'File to send (default: standard input)', optional: true },
      contentType: {
        kind: 'parsed',
        parse: String,
        brief: 'What is sent (default: by the file’s ending, else text/csv)',
        optional: true,
      },
      accept: { kind: 'parsed', parse: String, brief: 'What to answer in (default: application/json)', optional: true },
      variant: { kind: 'parsed', parse: String, brief: 'Ask this variant', optional: true },
    },
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Endpoint', placeholder: 'endpoint' }] },
  },
  async func(flags: Flags, endpointName: string) {
    const { Predictor } = await import('@rung/sdk');
    const { openSession } = await import('../platform/open-session.ts');
    const predictor = new Predictor({ endpointName, session: openSession(flags.stateDir) });
    const answer = await predictor.invoke(await readInput(flags), {
      contentType: flags.contentType ?? typeByEnding(flags.file),
      ...(flags.accept === undefined ? {} : { accept: flags.accept }),
      ...(flags.variant === undefined ? {} : { targetVariant: flags.variant }),
    });
    if (flags.json) printJson({ variant: answer.variant, contentType: answer.contentType, body: answer.body });
    else if (typeof answer.body === 'string')
      process.stdout.write(answer.body.endsWith('\n') ? answer.body : `${answer.body}\n`);
    else process.stdout.write(`${JSON.stringify(answer.body)}\n`);
  },
});

async function readInput(flags: Flags): Promise<Uint8Array> {
  if (flags.csv !== undefined && flags.file !== undefined) throw new UsageError('Give --csv or --file, not both');
  if (flags.csv !== undefined) return new TextEncoder().encode(flags.csv);
  if (flags.file !== undefined) return readFile(flags.file);
  if (process.stdin.isTTY)
    throw new UsageError('Nothing to predict: give --csv ROW, --file FILE, or the rows on standard input');
  return buffer(process.stdin);
}

function typeByEnding(file: string | undefined): string {
  if (file === undefined) return 'text/csv';
  if (file.endsWith('.json')) return 'application/json';
  if (/\.jsonl(ines)?$/.test(file)) return 'application/jsonlines';
  if (/\.(pbr|recordio|rec)$/.test(file)) return 'application/x-recordio-protobuf';
  return 'text/csv';
}
