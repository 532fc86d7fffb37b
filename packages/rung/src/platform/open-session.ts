import { homedir } from 'node:os';
import { join } from 'node:path';
import { Session } from '@rung/sdk';

/**
 * A session with the platform of this state folder; without one, with the platform that AWS_ENDPOINT_URL names, else this user's. Never with AWS, whatever
 * keys are in the environment: the command line works on Rung.
 */
export function openSession(stateDir?: string): Session {
  if (stateDir === undefined && process.env['AWS_ENDPOINT_URL'] !== undefined) return new Session();
  return new Session({ stateDir: stateDir ?? process.env['RUNG_HOME'] ?? join(homedir(), '.rung') });
}
