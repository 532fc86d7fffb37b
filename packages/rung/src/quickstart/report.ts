import type { QuickstartResult } from './run-quickstart.ts';

/** What a newcomer reads at the end: how good it is, where it errs, and what to try next. */
export function report({ accuracy, heldOut, matrix }: QuickstartResult): string {
  const [[benignRight, benignWrong], [malignantWrong, malignantRight]] = matrix;
  const cell = (count: number): string => String(count).padStart(9);
  return `
Accuracy on ${heldOut} held-out patients: ${(accuracy * 100).toFixed(1)} %

                       predicted
                    benign  malignant
  actual benign  ${cell(benignRight)}  ${cell(benignWrong)}
      malignant  ${cell(malignantWrong)}  ${cell(malignantRight)}

What to try next:
  npx rung up --detach                    a platform that stays
  npx rung train linear-learner --help    train on your own CSV
  eval "$(npx rung env)"                  and boto3, the AWS CLI and every SageMaker SDK work against it
`;
}
