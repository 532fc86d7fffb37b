/** What other packages may use of the environments. */
export { type EnvironmentName, type EnvironmentRef, environmentNames } from './environment-ref.ts';
export { containerfile } from './containerfile.ts';
export { declarations, lockName } from './declarations.ts';
export { type EnvironmentPaths, Environments, type MadeEnvironment } from './environments.ts';
export { frameworkVersion } from './version-notice.ts';
export { programsIn } from './programs-in.ts';
