import type { HyperparametersOf } from '../hyperparameters/table.ts';
import type { TrainContext } from '../program/train-context.ts';
import type { hyperparameters } from './hyperparameters.ts';

export type KMeansContext = TrainContext<HyperparametersOf<typeof hyperparameters>>;
