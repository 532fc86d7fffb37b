import type { QuickstartResult } from './run-quickstart.ts';

/** What a newcomer reads at the end: how good it is, where it errs, and what to try next. */
export function report({ report: text, next }: QuickstartResult): string {
  const commands = [
    ['npx rung up --detach', 'a platform that stays'],
    ...next,
    ['eval "$(npx rung env)"', 'and boto3, the AWS CLI and every SageMaker SDK work against it'],
  ];
  const lines = commands.map(([command = '', meaning = '']) => `  ${command.padEnd(38)}  ${meaning}`);
  return `\n${text}\n\nWhat to try next:\n${lines.join('\n')}\n`;
}
