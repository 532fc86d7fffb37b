/** Where the source archive of a script is, and the input that brings it to `/opt/ml/code`: pure. */
import type { Input } from '@rung/worker';
import type { TrainingWorkloadParts } from './workload-parts.ts';

type ScriptParts = Pick<TrainingWorkloadParts, 'program' | 'request'>;

/** The hyperparameter `sagemaker_submit_directory`; `undefined` when the program is no script of the toolkit's kind, or none is given. */
export function sourceUri({ program, request }: ScriptParts): string | undefined {
  if (program.type !== 'script' || program.command !== undefined) return undefined;
  const text = request.HyperParameters?.['sagemaker_submit_directory'];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return value;
  } catch {
    // The SDKs send JSON; an address by itself is understood too.
  }
  return text;
}

export function sourceInput(parts: ScriptParts): Input[] {
  const uri = sourceUri(parts);
  if (uri === undefined || !uri.startsWith('s3://')) return [];
  return [
    {
      name: 'sagemaker_submit_directory',
      uri,
      type: 'object',
      path: 'code',
      distribution: 'replicated',
      transform: 'untar',
    },
  ];
}
