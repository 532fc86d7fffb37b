import type { StringShape } from '../model/shapes.ts';
import { constraintsOf } from '../validation/constraints.ts';

/** Texts of the forms that AWS's patterns ask for; the first that a shape accepts is its sample. */
const candidates = [
  'a',
  'aa',
  'abc',
  '1',
  '12',
  '123456789012',
  'A1',
  'a-1',
  'a.b',
  '1.0',
  '1.0.0',
  'p10',
  '111111',
  'DisplayName',
  'a/b',
  'a1b2c3d4e5f6',
  'sagemaker',
  'us-east-1',
  'us-east-1a',
  's3://bucket/key',
  'https://example.com/a',
  'http://example.com/a',
  'name@example.com',
  'text/csv',
  '10.0.0.0/16',
  '/opt/ml/a',
  '/a/',
  '/a',
  '$.a',
  '{}',
  'mig-1g.5gb',
  'd-abc',
  'vpc-12345678',
  'subnet-12345678',
  'sg-12345678',
  'fs-12345678',
  'ocid1.a',
  'aws:a',
  'key=value',
  '0-0',
  '0:0',
  'P1D',
  'PT1H',
  'rate(1 hour)',
  'cron(0 * ? * * *)',
  'Mon:10:00',
  'log-group-name',
  'None',
  'a'.repeat(12),
  'a'.repeat(20),
  'a'.repeat(32),
  'a'.repeat(64),
  '1'.repeat(20),
  '0'.repeat(32),
  '0'.repeat(64),
  `sha256:${'0'.repeat(64)}`,
  '2020-01-01T00:00:00Z',
  'arn:aws:iam::123456789012:role/a',
  'arn:aws:s3:::bucket',
  ...arns(),
];

function arns(): string[] {
  const services = [
    'sagemaker',
    'kms',
    'lambda',
    'sns',
    'ec2',
    'states',
    'logs',
    'secretsmanager',
    'cognito-idp',
    's3',
    'iam',
    'bedrock',
  ];
  const resources = [
    'a',
    'a/a',
    'a/a/a',
    'a/1',
    'key/a',
    'function:a',
    'training-job/a',
    'training-plan/a-training-plan',
    'model-package/a/1',
    'aws:hub-content/a/Model/a/1.0.0',
    'model/a',
    'cluster/a1b2c3d4e5f6',
    'workteam/private-crowd/a',
    'pipeline/a/execution/a1b2c3d4e5f6',
    'log-group:a',
    'userpool/a',
  ];
  return services.flatMap((service) =>
    resources.map((resource) => `arn:aws:${service}:us-east-1:123456789012:${resource}`),
  );
}

/** A text that the shape accepts. Thrown when none of the known forms fits, so that a test over all operations tells which to add. */
export function sampleString(shape: StringShape): string {
  if (shape.values !== undefined) return shape.values[0] ?? '';
  const found = fitting(shape) ?? derived(shape.pattern).find((text) => isAccepted(shape, text));
  if (found === undefined)
    throw new Error(`no sample is known for ${shape.name}: ${shape.pattern} (${shape.min}..${shape.max})`);
  return found;
}

/** Whether the shape's constraints hold for the text. */
export function isAccepted(shape: StringShape, text: string): boolean {
  // The constraints of a string shape take strings.
  return constraintsOf(shape).every((constraint) => constraint.holds(text as never));
}

function fitting(shape: StringShape): string | undefined {
  const filled = 'a'.repeat(Math.max(1, shape.min ?? 1));
  return [filled, ...candidates].find((text) => isAccepted(shape, text));
}

/** Texts made by giving every part of a pattern its plainest reading: sets become a letter or a digit, choices their first. */
function derived(pattern: string | undefined): string[] {
  if (pattern === undefined) return [];
  return ['a', '1', '0', 'A'].map((letter) => simplify(pattern, letter));
}

function simplify(pattern: string, letter: string): string {
  let text = pattern
    .replace(/^\^|\$$/g, '')
    .replace(/\(\?:/g, '(')
    .replace(/\(\?=[^)]*\)/g, '');
  const digit = /[0-9]/.test(letter) ? letter : '1';
  // First sets and escapes, so that what is left of brackets is grouping.
  text = text
    .replace(/\[\^[^\]]*\]/g, letter)
    .replace(/\[(0-9|1-9|\\d)\]|\\d/g, digit)
    .replace(/\[(?:\\.|[^\]\\])*\]/g, (set) => (new RegExp(set).test(letter) ? letter : firstOf(set)))
    .replace(/\\w|\\S/g, letter)
    .replace(/\\s/g, ' ')
    .replace(/(?<!\\)\./g, letter)
    .replace(/\\(.)/g, '$1');
  for (let before = ''; before !== text;) {
    before = text;
    text = text
      .replace(/\(([^()|]*)(?:\|[^()]*)?\)(?:[*?]\??|\{0,\d*\}\??)/g, '')
      .replace(/\(([^()|]*)(?:\|[^()]*)?\)(?:\+|\{(\d+)(?:,\d*)?\})?/g, (_, inner: string, times?: string) =>
        inner.repeat(Number(times ?? 1)),
      );
  }
  return (text.split('|')[0] ?? '')
    .replace(/.(?:[*?]\??|\{0,\d*\})/g, '')
    .replace(/(.)\{(\d+)(?:,\d*)?\}/g, (_, inner: string, times: string) => inner.repeat(Number(times)))
    .replace(/\+/g, '');
}

function firstOf(set: string): string {
  const expression = new RegExp(set);
  return ['a', 'A', '1', '-', '.', '_'].find((character) => expression.test(character)) ?? 'a';
}
