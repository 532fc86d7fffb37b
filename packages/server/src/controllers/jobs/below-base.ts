/** Below the base folder, from an absolute path in `/opt/ml`; undefined when it is somewhere else. */
export function belowBase(path: string): string | undefined {
  const match = /^\/opt\/ml\/(.*[^/])\/*$/.exec(path);
  return match?.[1] !== undefined && !match[1].split('/').includes('..') ? match[1] : undefined;
}
