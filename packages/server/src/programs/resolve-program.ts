import type { Program, ScriptProgram } from '../engines/workload.ts';
import { askedVersion, frameworkImage, retiredImage, scriptProgram } from './framework-program.ts';
import { builtInRepositories, hostRepository } from './known-images.ts';
import { repositoryName } from './repository-name.ts';

export interface ProgramRequest {
  /** TrainingImage, or a container's Image. */
  readonly image?: string | undefined;
  /** AlgorithmName: a resource of CreateAlgorithm, or of the Marketplace. */
  readonly algorithmName?: string | undefined;
  /** ContainerEntrypoint. */
  readonly entrypoint?: readonly string[] | undefined;
  /** ContainerArguments. */
  readonly arguments?: readonly string[] | undefined;
  /** A script is named (`sagemaker_program`, `SAGEMAKER_PROGRAM`): what tells script mode from the algorithm of one image. Default false. */
  readonly script?: boolean | undefined;
  /** GPUs that the program will have. Default 0. */
  readonly gpus?: number | undefined;
}

export type ProgramResolution =
  | {
      readonly type: 'program';
      readonly program: Program;
      /** The framework and version that the image's name asks for, which the environment may differ from. */
      readonly asked?: { readonly framework: string; readonly version: string };
    }
  /** Why no program is meant by the request, and what to write instead. */
  | { readonly type: 'refusal'; readonly message: string };

/**
 * What a request runs: a built-in algorithm for the image names that SageMaker gives them, the user's script in an environment for the
 * framework images, a program on the machine for `rung/host`, and an image for any other name, which an engine without containers then refuses.
 * @param implemented names of the built-in algorithms that exist.
 */
export function resolveProgram(
  request: ProgramRequest,
  action: ScriptProgram['action'],
  implemented: readonly string[],
): ProgramResolution {
  const { image, algorithmName, entrypoint = [], arguments: parameters = [], script = false, gpus = 0 } = request;
  if (algorithmName !== undefined && algorithmName !== '') return refuse(algorithmResource(algorithmName));
  if (image === undefined || image === '')
    return refuse('An image is required: name a built-in algorithm, rung/host, or a container image.');
  const repository = repositoryName(image);
  if (repository === hostRepository) return hostProgram(entrypoint, parameters);
  const retired = retiredImage(image);
  if (retired !== undefined) return refuse(retired);
  const framework = frameworkImage(image);
  const isAlgorithm = Object.hasOwn(builtInRepositories, repository) && action !== 'process';
  if (framework !== undefined && (script || entrypoint.length > 0 || !isAlgorithm)) {
    if (action === 'train' && !script && entrypoint.length === 0) return refuse(noScript(repository));
    const version = askedVersion(image);
    return {
      type: 'program',
      program: scriptProgram(framework, action, { image, entrypoint, arguments: parameters, gpus }),
      ...(version !== undefined && { asked: { framework: framework.framework, version } }),
    };
  }
  const builtIn = Object.hasOwn(builtInRepositories, repository) ? builtInRepositories[repository] : undefined;
  if (builtIn === undefined) return { type: 'program', program: imageProgram(image, action, entrypoint, parameters) };
  if (!implemented.includes(builtIn)) return refuse(notYet(builtIn, implemented));
  if (entrypoint.length + parameters.length > 0)
    return refuse(`Built-in algorithm ${builtIn} takes no ContainerEntrypoint and no ContainerArguments.`);
  if (action === 'process') return refuse(`Built-in algorithm ${builtIn} does no processing: use a framework image.`);
  return { type: 'program', program: { type: 'algorithm', name: builtIn, action } };
}

function hostProgram(entrypoint: readonly string[], parameters: readonly string[]): ProgramResolution {
  const [program, ...rest] = entrypoint;
  if (program === undefined) {
    return refuse(
      `${hostRepository} runs a program of this machine and needs ContainerEntrypoint, e.g. ["python3", "/home/me/train.py"].`,
    );
  }
  return { type: 'program', program: { type: 'command', command: { argv: [program, ...rest, ...parameters] } } };
}

/** An image is started with `train` or `serve` as its command, unless the request names one; a processing job runs what the image itself says. */
function imageProgram(
  image: string,
  action: ScriptProgram['action'],
  entrypoint: readonly string[],
  parameters: readonly string[],
): Program {
  const command = entrypoint.length + parameters.length > 0 || action === 'process' ? parameters : [action];
  return {
    type: 'image',
    image,
    ...(entrypoint.length > 0 && { entrypoint }),
    ...(command.length > 0 && { arguments: command }),
  };
}

function algorithmResource(name: string): string {
  return `AlgorithmName ${JSON.stringify(name)} cannot be used: algorithm resources are not implemented. Name the image of a built-in algorithm in TrainingImage.`;
}

function noScript(repository: string): string {
  return `${repository} trains with a script of yours: name it in the hyperparameter sagemaker_program, and its source archive in sagemaker_submit_directory, as the SDKs do.`;
}

function notYet(name: string, implemented: readonly string[]): string {
  return `Built-in algorithm ${name} is not implemented yet. These are: ${[...implemented].sort().join(', ')}.`;
}

function refuse(message: string): ProgramResolution {
  return { type: 'refusal', message };
}
