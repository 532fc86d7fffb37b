import { declarations } from './declarations.ts';
import type { EnvironmentRef } from './environment-ref.ts';
import type { Environments } from './environments.ts';

/**
 * What to tell of an image whose name asks for a version of a framework: old versions do not install on today's Pythons, so the environment
 * has the nearest that is supported. Empty when it is the same, or not known yet.
 */
export function versionNotice(
  environments: Environments,
  ref: EnvironmentRef,
  asked: { readonly framework: string; readonly version: string } | undefined,
): string[] {
  const has = frameworkVersion(environments, ref);
  if (asked === undefined || has === undefined || has === asked.version || has.startsWith(`${asked.version}.`))
    return [];
  return [
    `The image names ${asked.framework} ${asked.version}; this job runs in environment ${ref.name} with ${asked.framework} ${has}, the version that Rung keeps.`,
  ];
}

/** `undefined` while the environment is not made, and for `node`. */
export function frameworkVersion(environments: Environments, ref: EnvironmentRef): string | undefined {
  const { framework } = declarations[ref.name];
  const packages = environments.facts(ref)?.packages;
  if (framework === undefined || packages === undefined) return undefined;
  return (
    packages[framework.package] ?? (framework.gpuPackage === undefined ? undefined : packages[framework.gpuPackage])
  );
}
