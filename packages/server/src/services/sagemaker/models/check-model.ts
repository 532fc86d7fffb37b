/** Whether a model could be served here: asked at Create, so that a user learns at once what would otherwise fail minutes later. */
import type { ContainerDefinition, CreateModelInput } from '@rung/wire/types/sagemaker';
import type { Json } from '../../../json.ts';
import type { ServerResources } from '../../../resources.ts';
import { validationError } from '../errors.ts';
import { chooseServingEngine } from './choose-serving-engine.ts';
import { checkArtifact, modelInputs } from './model-artifact.ts';
import { compileTemplate } from './serving-template.ts';
import { servingContainer, servingProgram } from './serving-container.ts';

/** Thrown when it could not: the sentence says why and what to do instead. */
export async function checkModel(resources: ServerResources, model: CreateModelInput): Promise<void> {
  const { definition } = servingContainer(model);
  refuseUnbuilt(definition, model);
  const { program } = await servingProgram(definition);
  const inputs = modelInputs(definition, program);
  if (inputs.length === 0 && program.type === 'algorithm') {
    throw validationError(
      `Built-in algorithm ${program.name} needs its model: give ModelDataUrl, the model.tar.gz of a training job.`,
    );
  }
  // Endpoint and instance type come later; everything else that an engine may lack is known now.
  const template = compileTemplate({
    endpointName: 'probe',
    definition,
    program,
    inputs,
    limits: { vcpus: 1, memoryBytes: 0, gpus: 0 },
    notices: [],
    networkIsolation: model.EnableNetworkIsolation === true,
  });
  await chooseServingEngine(resources.engines, template);
  for (const input of inputs) await checkArtifact(resources.objects, input);
}

function refuseUnbuilt(definition: Json<ContainerDefinition>, model: CreateModelInput): void {
  const features: [asked: boolean, feature: string][] = [
    [definition.Mode === 'MultiModel', 'Multi-model containers (Mode MultiModel) are'],
    [definition.ModelPackageName !== undefined, 'Model packages (ModelPackageName) are'],
    [definition.InferenceSpecificationName !== undefined, 'Inference specifications (InferenceSpecificationName) are'],
    [(definition.AdditionalModelDataSources?.length ?? 0) > 0, 'Additional model data sources are'],
    [
      model.InferenceExecutionConfig?.Mode === 'Direct',
      'Direct invocation of containers (InferenceExecutionConfig) is',
    ],
  ];
  for (const [asked, feature] of features) {
    if (asked)
      throw validationError(
        `${feature} not implemented yet. Make the model with one container in Mode SingleModel and a ModelDataUrl.`,
      );
  }
}
