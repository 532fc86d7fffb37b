import type { TrainContext } from '../program/train-context.ts';
import type { LinearHyperparameters } from './settings.ts';

export type LinearContext = TrainContext<LinearHyperparameters>;
