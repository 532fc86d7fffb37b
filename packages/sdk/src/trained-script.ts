/** How the model of a script is served when all that is known is the job that trained it. */
import type { DescribeTrainingJobResponse } from '@rung/wire/types/sagemaker';

/**
 * What the serving image needs to find the script: the same one that trained, as with an estimator that is still at hand.
 * `undefined`: the job trained without a script of that kind.
 */
export function scriptEnvironment({
  HyperParameters: parameters = {},
}: DescribeTrainingJobResponse): Record<string, string> | undefined {
  const program = text(parameters['sagemaker_program']);
  const source = text(parameters['sagemaker_submit_directory']);
  if (program === undefined || source === undefined) return undefined;
  return { SAGEMAKER_PROGRAM: program, SAGEMAKER_SUBMIT_DIRECTORY: source };
}

/** Some frameworks have one image that trains and another that serves, told apart by the repository's name. */
export function servingImage(trainingImage: string): string {
  return trainingImage.replace(/-training(?=[:@]|$)/, '-inference');
}

/** Hyperparameters of scripts are JSON; an address by itself is understood too. */
function text(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'string' ? parsed : undefined;
  } catch {
    return value;
  }
}
