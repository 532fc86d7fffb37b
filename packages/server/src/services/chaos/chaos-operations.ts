/** What `rung chaos` does: faults that happen by themselves in a cloud, on demand. */
import type { ControlOperations } from '../../front-door/control.ts';
import type { ServerResources } from '../../resources.ts';
import { validationError } from '../sagemaker/errors.ts';
import { interruptTrainingJob } from '../sagemaker/training-jobs/interrupt-training-job.ts';

export function chaosOperations(resources: Pick<ServerResources, 'store' | 'clock'>): ControlOperations {
  return {
    'interrupt-training-job': async ({ TrainingJobName: name }) => {
      if (typeof name !== 'string' || name === '') throw validationError('TrainingJobName is required.');
      await interruptTrainingJob(resources, name);
      return {};
    },
  };
}
