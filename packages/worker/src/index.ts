export type * from './instance-spec.ts';
export { NOBODY, readClaim, takeClaim } from './claim.ts';
export { encodeLogLine } from './logs/log-line.ts';
export { compileMetricRegex } from './metrics/metric-regex.ts';
export { MARKER, killLeftovers, signalProcess } from './processes/kill-leftovers.ts';
export { type ProcessIdentity, identifyProcess, isAlive } from './processes/process-identity.ts';
export { writeReport } from './report.ts';

/** The program that an engine starts for each instance, with the path of an {@link InstanceSpec} as its argument. */
export const workerMain: URL = new URL('./main.ts', import.meta.url);

/** The program that runs a user's training script as SageMaker's toolkit does. */
export const scriptModeMain: URL = new URL('./script-mode/main.ts', import.meta.url);

/** The program that serves a user's own model: handlers in Python or TypeScript, or none. */
export const modelServerMain: URL = new URL('./model-server/main.ts', import.meta.url);

/** The shell script that becomes the program named by its arguments, in a layer of Python that it may install into. */
export const ownLayerProgram: URL = new URL('../python/own-layer.sh', import.meta.url);
