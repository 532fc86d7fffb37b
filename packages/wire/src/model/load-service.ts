import type { RawModel } from './raw-model.ts';
import { createServiceModel } from './service-model.ts';
import type { ServiceModel } from './service-model.ts';

/** The services whose models come with this package. */
export const serviceNames = [
  'application-autoscaling',
  'cloudwatch',
  'ecr',
  'iam',
  'logs',
  's3',
  'sagemaker',
  'sagemaker-metrics',
  'sagemaker-runtime',
  'sts',
] as const;

export type ServiceName = (typeof serviceNames)[number];

const loaded = new Map<ServiceName, Promise<ServiceModel>>();

/**
 * The model of a service, read at its first use and kept: a program pays only for the services that it speaks.
 * Thrown when the package is incomplete and the model's file is missing.
 */
export function loadService(name: ServiceName): Promise<ServiceModel> {
  let model = loaded.get(name);
  if (model === undefined) {
    model = readModel(name);
    loaded.set(name, model);
  }
  return model;
}

async function readModel(name: ServiceName): Promise<ServiceModel> {
  // A computed specifier: the compiler must not infer a type from 700 KB of JSON. The generator writes this form.
  const module = (await import(`../../models/${name}.json`, { with: { type: 'json' } })) as { default: RawModel };
  return createServiceModel(name, module.default);
}
