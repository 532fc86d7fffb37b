import { jsonFlag } from '../output/json-flag.ts';

/** What every command that talks to a platform accepts. */
export interface SessionFlags {
  readonly stateDir?: string;
  readonly json: boolean;
}

export const sessionFlags = {
  stateDir: {
    kind: 'parsed',
    parse: String,
    brief: 'State folder of the platform to ask (default: the one that AWS_ENDPOINT_URL names, else this user’s)',
    optional: true,
  },
  json: jsonFlag,
} as const;
