/** For tests of whatever implements the services: inputs that the models accept, and inputs that they must refuse. */
export { sampleValue, validInput } from './valid-input.ts';
export { violations } from './violations.ts';
export type { Violation } from './violations.ts';
