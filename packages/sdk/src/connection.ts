/** Where the platform is and who we are: what every call of a {@link Session} needs. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Connection {
  /** e.g. `http://127.0.0.1:7070`. Absent: AWS itself, at each service's own address. */
  readonly endpoint?: string;
  readonly region: string;
  readonly credentials: Credentials;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface ConnectionOptions {
  /** Default: `AWS_ENDPOINT_URL`, else the platform that runs on this machine (`rung up`). */
  endpoint?: string;
  /** Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, else the platform's. */
  region?: string;
  /** Default: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, else the platform's own key. */
  credentials?: Credentials;
  /** The platform on this machine that keeps its state in this folder; wins over the environment. */
  stateDir?: string;
}

/** Thrown when nothing says where the platform is or which key to use. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection';
}

/**
 * Finds the platform: what the caller gave, then the environment (as `eval "$(rung env)"` sets it), then the platform of this user.
 * @throws NoConnection when none of them answers.
 */
export function resolveConnection(
  options: ConnectionOptions = {},
  environment: NodeJS.ProcessEnv = process.env,
): Connection {
  const local = localPlatform(options.stateDir ?? environment['RUNG_HOME'] ?? join(homedir(), '.rung'));
  if (options.stateDir !== undefined) {
    if (local === undefined)
      throw new NoConnection(
        `No platform was found in the state folder ${options.stateDir}. Start one with \`rung up --detach\`.`,
      );
    return { ...local, ...(options.region === undefined ? {} : { region: options.region }) };
  }
  const endpoint = options.endpoint ?? environment['AWS_ENDPOINT_URL'];
  const given = options.credentials ?? environmentCredentials(environment);
  const region = options.region ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? local?.region;
  // Keys without an address are keys of AWS: they are not sent to a platform that happens to run here. Its own keys open it alone.
  if (endpoint === undefined && given === undefined && local !== undefined && region !== undefined)
    return { ...local, region };
  const credentials = given ?? (endpoint === local?.endpoint ? local?.credentials : undefined);
  if (credentials === undefined || region === undefined) {
    throw new NoConnection(
      'No platform was found. Start one with `rung up --detach`, or name one: set AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and ' +
        'AWS_SECRET_ACCESS_KEY, e.g. with `eval "$(rung env)"`.',
    );
  }
  return { ...(endpoint === undefined ? {} : { endpoint }), region, credentials };
}

function environmentCredentials(environment: NodeJS.ProcessEnv): Credentials | undefined {
  const accessKeyId = environment['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = environment['AWS_SESSION_TOKEN'];
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

/** The control plane keeps this file, readable by its owner only, for as long as it runs. */
function localPlatform(stateDir: string): Connection | undefined {
  let text: string;
  try {
    text = readFileSync(join(stateDir, 'connection.json'), 'utf8');
  } catch {
    return undefined; // No platform was ever started here, which is an answer.
  }
  // Written by our own control plane, whole or not at all.
  const file = JSON.parse(text) as Credentials & { endpoint: string; region: string };
  const { endpoint, region, accessKeyId, secretAccessKey, sessionToken } = file;
  return {
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  };
}
