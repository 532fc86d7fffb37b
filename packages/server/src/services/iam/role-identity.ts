import { createHash } from 'node:crypto';

/** The role that every lasting key plays: the `sagemaker` SDK wants to find itself in a role. */
export const DEFAULT_ROLE = 'RungRole';

/** The id of a role, which AWS would make up at its creation: here it follows from the name, for any role may be named without being made first. */
export function roleId(name: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const digest = createHash('sha256').update(`role:${name}`).digest();
  return `AROA${Array.from(digest.subarray(0, 17), (byte) => alphabet[byte & 31]).join('')}`;
}
