/** The one container of a model, and the program that its image stands for. */
import type { ContainerDefinition } from '@rung/wire/types/sagemaker';
import type { Json } from '../../../json.ts';
import { type ProgramResolution, resolveProgram } from '../../../programs/resolve-program.ts';
import { validationError } from '../errors.ts';
import type { ModelTypes } from './types.ts';

export interface ServingContainer {
  /** How error texts of the runtime name it: `primary`, or its host name. */
  readonly name: string;
  readonly definition: Json<ContainerDefinition>;
}

/** Thrown when the model has not exactly one container. */
export function servingContainer(model: ModelTypes['spec']): ServingContainer {
  const { PrimaryContainer: primary, Containers: several } = model;
  if (primary !== undefined && several !== undefined) {
    throw validationError('Give either PrimaryContainer or Containers, not both.');
  }
  const definition = primary ?? several?.[0];
  if (definition === undefined) throw validationError('A model needs a container: give PrimaryContainer.');
  if (several !== undefined && several.length > 1) {
    throw validationError(
      `The model has ${several.length} containers. Inference pipelines and multi-container endpoints are not implemented yet: give one container.`,
    );
  }
  return { name: primary === undefined ? (definition.ContainerHostname ?? 'model') : 'primary', definition };
}

/**
 * Environment variable with the command line of a `rung/host` model, as a JSON array: CreateModel has no ContainerEntrypoint.
 */
export const entrypointVariable = 'RUNG_ENTRYPOINT';

export type ServingProgram = Extract<ProgramResolution, { type: 'program' }>;

/**
 * @param gpus GPUs that each instance will have. Default 0.
 * Thrown when the image stands for nothing that can serve.
 */
export async function servingProgram(definition: Json<ContainerDefinition>, gpus = 0): Promise<ServingProgram> {
  const { algorithmNames } = await import('@rung/algorithms');
  const { Environment: environment = {}, Image: image } = definition;
  const entrypoint = readEntrypoint(environment[entrypointVariable]);
  const script = (environment['SAGEMAKER_PROGRAM'] ?? '') !== '';
  const resolution = resolveProgram({ image, entrypoint, script, gpus }, 'serve', algorithmNames);
  if (resolution.type === 'program') return resolution;
  const hint = `a model names its program in the environment variable ${entrypointVariable}, as a JSON array`;
  throw validationError(resolution.message.replace('needs ContainerEntrypoint', `needs an entry point (${hint})`));
}

function readEntrypoint(json: string | undefined): string[] | undefined {
  if (json === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value;
  } catch {
    // Not JSON: refused below with the form that is expected.
  }
  throw validationError(
    `Environment variable ${entrypointVariable} must be a JSON array of strings, e.g. ["python3", "/home/me/serve.py"].`,
  );
}
