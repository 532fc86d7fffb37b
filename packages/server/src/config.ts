/**
 * The control plane's configuration: one schema, parsed once at start and compiled to a complete type. It comes from `rung.yaml`, then from
 * the command line, which wins.
 */
import { availableParallelism, homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import {
  type ContainerSettings,
  containerKeys,
  defaultContainerSettings,
  parseContainerSettings,
} from './engines/container/settings.ts';
import {
  defaultSpotSettings,
  parseSpotSettings,
  spotKeys,
  type SpotSettings,
} from './controllers/training-jobs/spot-settings.ts';
import { nearest } from './nearest.ts';
import {
  type ObjectsSettings,
  defaultObjectsSettings,
  objectsKeys,
  parseObjectsSettings,
} from './objects/s3/s3-settings.ts';

/** The configuration, complete: every default is filled in before anything reads it. */
export interface ServerConfig {
  /** The folder that holds everything Rung remembers. One control plane at a time. Default `$RUNG_HOME`, else `~/.rung`. */
  readonly stateDir: string;
  /** The folder of the Python environments that scripts run in; several platforms may share it. Default `$RUNG_ENVIRONMENTS_DIR`, else `environments` in {@link stateDir}. */
  readonly environmentsDir: string;
  /** Address to listen on. Default 127.0.0.1: loopback only. */
  readonly host: string;
  /** 0 picks a free port. Default 7070. */
  readonly port: number;
  /** The port of the TLS listener, or `false` for none. Default 7443; 0 picks a free one. */
  readonly tlsPort: number | false;
  /** Default `us-east-1`. */
  readonly region: string;
  /** Twelve digits. Default 000000000000. */
  readonly account: string;
  /** Refuse at Create what this machine cannot give (a GPU), instead of warning in the job's log. Default false. */
  readonly strict: boolean;
  /** Jobs that run at the same time; more wait in state Pending. Default: number of cores. */
  readonly maxConcurrentJobs: number;
  /** The engine that is asked first: `process` or `container`. What it cannot run goes to the other one. Default `process`. */
  readonly engine: EngineName;
  /** How containers are run, or `false` for no containers at all. Default: by whatever Docker or Podman answers on this machine. */
  readonly container: ContainerSettings | false;
  /** Where objects are kept: as files in {@link stateDir}, or in another S3. Default: files. */
  readonly objects: ObjectsSettings;
  /** How managed spot training is interrupted. Default: when asked. */
  readonly spot: SpotSettings;
  /** `silent`, `error`, `warn`, `info`, `debug` or `trace`. Default `info`. */
  readonly logLevel: LogLevel;
}

export type EngineName = (typeof engineNames)[number];

const engineNames = ['process', 'container'] as const;

export type LogLevel = (typeof logLevels)[number];

const logLevels = ['silent', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** What is wrong with a configuration, every problem at once. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(source: string, problems: readonly string[]) {
    super(`${source} cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

interface Field<T> {
  /** One line for `rung.yaml`'s reference and for error messages. */
  readonly expects: string;
  readonly parse: (value: unknown) => T | undefined;
  readonly fallback: (environment: NodeJS.ProcessEnv) => T;
}

/** Every key of `rung.yaml`, with what it accepts and its default. */
const schema: { readonly [Key in keyof ServerConfig]: Field<ServerConfig[Key]> } = {
  stateDir: {
    expects: 'a folder',
    parse: (value) => (typeof value === 'string' && value !== '' ? absolute(value) : undefined),
    fallback: (environment) => absolute(environment['RUNG_HOME'] ?? join(homedir(), '.rung')),
  },
  environmentsDir: {
    expects: 'a folder',
    parse: (value) => (typeof value === 'string' && value !== '' ? absolute(value) : undefined),
    fallback: (environment) =>
      environment['RUNG_ENVIRONMENTS_DIR'] ? absolute(environment['RUNG_ENVIRONMENTS_DIR']) : '',
  },
  host: {
    expects: 'an address to listen on, e.g. 127.0.0.1',
    parse: (value) => (typeof value === 'string' && /^[\w.:-]+$/.test(value) ? value : undefined),
    fallback: () => '127.0.0.1',
  },
  port: { expects: 'a port from 0 to 65535 (0: any free one)', parse: port, fallback: () => 7070 },
  tlsPort: {
    expects: 'a port from 0 to 65535, or false for no TLS',
    parse: (value) => (value === false ? false : port(value)),
    fallback: () => 7443,
  },
  region: {
    expects: 'a region name, e.g. us-east-1',
    parse: (value) => (typeof value === 'string' && /^[a-z]{2}(-[a-z]+)+-\d+$/.test(value) ? value : undefined),
    fallback: () => 'us-east-1',
  },
  account: {
    expects: 'twelve digits in quotes',
    parse: (value) => (typeof value === 'string' && /^\d{12}$/.test(value) ? value : undefined),
    fallback: () => '000000000000',
  },
  strict: {
    expects: 'true or false',
    parse: (value) => (typeof value === 'boolean' ? value : undefined),
    fallback: () => false,
  },
  maxConcurrentJobs: {
    expects: 'a whole number from 1 to 1000',
    parse: (value) => whole(value, 1, 1000),
    fallback: () => availableParallelism(),
  },
  engine: {
    expects: `one of ${engineNames.join(', ')}`,
    parse: (value) => engineNames.find((name) => name === value),
    fallback: () => 'process',
  },
  container: {
    expects: `false, or ${containerKeys}`,
    parse: (value) => (value === false ? false : parseContainerSettings(value)),
    fallback: () => defaultContainerSettings,
  },
  objects: { expects: objectsKeys, parse: parseObjectsSettings, fallback: () => defaultObjectsSettings },
  spot: { expects: spotKeys, parse: parseSpotSettings, fallback: () => defaultSpotSettings },
  logLevel: {
    expects: `one of ${logLevels.join(', ')}`,
    parse: (value) => logLevels.find((level) => level === value),
    fallback: () => 'info',
  },
};

/**
 * Compiles what the user gave to the complete configuration.
 * @param source names where the values came from, for the error: a file, or "the options".
 * @throws ConfigError when a key is unknown or a value is not what the key accepts; it names every problem.
 */
export function parseConfig(
  given: unknown,
  source: string,
  environment: NodeJS.ProcessEnv = process.env,
): ServerConfig {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ConfigError(source, ['it must hold keys and values, e.g. `port: 7070`']);
  }
  const problems: string[] = [];
  for (const key of Object.keys(given)) {
    if (!(key in schema)) problems.push(`unknown key "${key}"; ${suggestion(key)}`);
  }
  const read = <Key extends keyof ServerConfig>(key: Key): ServerConfig[Key] => {
    const field: Field<ServerConfig[Key]> = schema[key];
    const value: unknown = key in given ? Object.getOwnPropertyDescriptor(given, key)?.value : undefined;
    if (value === undefined) return field.fallback(environment);
    const parsed = field.parse(value);
    if (parsed === undefined) problems.push(`${key} is ${JSON.stringify(value)}, but must be ${field.expects}`);
    return parsed ?? field.fallback(environment);
  };
  const stateDir = read('stateDir');
  const config: ServerConfig = {
    stateDir,
    environmentsDir: read('environmentsDir') || join(stateDir, 'environments'),
    host: read('host'),
    port: read('port'),
    tlsPort: read('tlsPort'),
    region: read('region'),
    account: read('account'),
    strict: read('strict'),
    maxConcurrentJobs: read('maxConcurrentJobs'),
    engine: read('engine'),
    container: read('container'),
    objects: read('objects'),
    spot: read('spot'),
    logLevel: read('logLevel'),
  };
  if (config.engine === 'container' && config.container === false)
    problems.push('engine is "container", but container is false: leave one of them out');
  if (problems.length > 0) throw new ConfigError(source, problems);
  return config;
}

function suggestion(key: string): string {
  const keys = Object.keys(schema);
  const close = nearest(key, keys);
  return close === undefined ? `the keys are ${keys.join(', ')}` : `did you mean "${close}"?`;
}

function absolute(path: string): string {
  const expanded = path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
  return isAbsolute(expanded) ? expanded : resolve(expanded);
}

function port(value: unknown): number | undefined {
  return whole(value, 0, 65535);
}

function whole(value: unknown, min: number, max: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined;
}
