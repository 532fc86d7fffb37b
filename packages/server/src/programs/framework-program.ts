/** What a framework image of AWS stands for: the user's script in an environment. */
import type { ScriptProgram } from '../engines/workload.ts';
import { type FrameworkImage, frameworkRepositories, retiredRepositories } from './framework-images.ts';
import { repositoryName } from './repository-name.ts';

export interface FrameworkRequest {
  readonly image: string;
  readonly entrypoint: readonly string[];
  readonly arguments: readonly string[];
  readonly gpus: number;
}

/** `undefined`: the image is no framework's. */
export function frameworkImage(image: string): FrameworkImage | undefined {
  const repository = repositoryName(image);
  return Object.hasOwn(frameworkRepositories, repository) ? frameworkRepositories[repository] : undefined;
}

/** Why an image that AWS once had, or has for its own machines only, is not run; `undefined` for any other. */
export function retiredImage(image: string): string | undefined {
  const repository = repositoryName(image);
  const retired = retiredRepositories.find(({ name }) => name.test(repository));
  if (retired === undefined) return undefined;
  return `${repository} is an image that is no longer maintained, or for AWS's own chips, and has no environment here. Nearest: ${retired.instead}.`;
}

export function scriptProgram(
  { environment }: FrameworkImage,
  action: ScriptProgram['action'],
  request: FrameworkRequest,
): ScriptProgram {
  const [program, ...rest] = request.entrypoint;
  return {
    type: 'script',
    environment: { name: environment, accelerator: request.gpus > 0 && environment !== 'node' ? 'gpu' : 'cpu' },
    action,
    ...(program !== undefined && { command: [program, ...rest, ...request.arguments] }),
  };
}

/** The version that a tag like `2.3-cpu-py311`, `1.2-1-cpu-py3` or `2.0.0-transformers4.28.1-gpu-py310` names; `undefined` when it names none. */
export function askedVersion(image: string): string | undefined {
  const tag = /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1] ?? '';
  return /^\d+(?:\.\d+)*/.exec(tag)?.[0];
}
