/** Whether an endpoint could be made of a configuration: what does not exist yet is refused when the configuration is created. */
import type { CreateEndpointConfigInput, ProductionVariant } from '@rung/wire/types/sagemaker';
import { findInstanceType } from '../../../instances/instance-type.ts';
import { makeArn, type ArnScope } from '../arns.ts';
import type { ServerResources } from '../../../resources.ts';
import { notFound, validationError } from '../errors.ts';

/** Thrown when it could not: the sentence says why and what to do instead. */
export async function checkEndpointConfig(
  { store }: ServerResources,
  input: CreateEndpointConfigInput,
  scope: ArnScope,
): Promise<void> {
  refuseUnbuilt(input);
  const names = new Set<string>();
  for (const variant of input.ProductionVariants) {
    if (names.has(variant.VariantName)) {
      throw validationError(`Two production variants are named ${variant.VariantName}. Variant names must be unique.`);
    }
    names.add(variant.VariantName);
    const modelName = checkVariant(variant);
    if ((await store.get('model', modelName)) === undefined) throw notFound.model(makeArn('model', modelName, scope));
  }
}

/** Answers the name of the variant's model. */
function checkVariant(variant: ProductionVariant): string {
  const { VariantName: name, ModelName: modelName, InstanceType: instanceType } = variant;
  refuseUnbuiltVariant(variant);
  if (modelName === undefined) {
    throw validationError(
      `Variant ${name} names no model. Inference components are not implemented yet: give ModelName.`,
    );
  }
  if (instanceType === undefined) throw validationError(`Variant ${name} needs an InstanceType, e.g. ml.m5.large.`);
  if (findInstanceType(instanceType) === undefined) {
    throw validationError(
      `Instance type ${instanceType} of variant ${name} is not known. Use one such as ml.m5.large.`,
    );
  }
  if ((variant.InitialInstanceCount ?? 1) < 1)
    throw validationError(`InitialInstanceCount of variant ${name} must be at least 1.`);
  return modelName;
}

function refuseUnbuiltVariant(variant: ProductionVariant): void {
  const features: [asked: boolean, feature: string][] = [
    [variant.ServerlessConfig !== undefined, 'Serverless inference (ServerlessConfig)'],
    [variant.InstancePools !== undefined, 'Instance pools (InstancePools)'],
    [variant.ManagedInstanceScaling?.Status === 'ENABLED', 'Managed instance scaling (ManagedInstanceScaling)'],
    [variant.AcceleratorType !== undefined, 'Elastic inference (AcceleratorType)'],
  ];
  for (const [asked, feature] of features) {
    if (asked) {
      throw validationError(
        `${feature} of variant ${variant.VariantName} is not implemented yet. Give InstanceType and InitialInstanceCount instead.`,
      );
    }
  }
}

function refuseUnbuilt(input: CreateEndpointConfigInput): void {
  const features: [asked: boolean, feature: string][] = [
    [input.AsyncInferenceConfig !== undefined, 'Asynchronous inference (AsyncInferenceConfig)'],
    [(input.ShadowProductionVariants?.length ?? 0) > 0, 'Shadow testing (ShadowProductionVariants)'],
    [input.ExplainerConfig !== undefined, 'Online explainability (ExplainerConfig)'],
    [input.DataCaptureConfig?.EnableCapture === true, 'Data capture (DataCaptureConfig)'],
    [input.EnableNetworkIsolation === true, 'Network isolation of an endpoint configuration (EnableNetworkIsolation)'],
    [input.CrossRegionTrafficConfig !== undefined, 'Cross-region traffic (CrossRegionTrafficConfig)'],
  ];
  for (const [asked, feature] of features) {
    if (asked) throw validationError(`${feature} is not implemented yet. Leave it out of the endpoint configuration.`);
  }
}
