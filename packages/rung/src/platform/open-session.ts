import { Session } from '@rung/sdk';

/** A session with the platform of this state folder; without one, with the platform that the environment names, else this user's. */
export function openSession(stateDir?: string): Session {
  return new Session(stateDir === undefined ? {} : { stateDir });
}
