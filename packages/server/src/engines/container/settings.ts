/** What `container` in `rung.yaml` says, complete. */
export interface ContainerSettings {
  /** The daemon's unix socket. Default: DOCKER_HOST, else the first of the usual places that answers. */
  readonly socket?: string;
  /** A small first process in every container, which passes signals on and buries what the program leaves. Default true. */
  readonly init: boolean;
  /** Processes and threads that a container may have at the same time. Default 16384. */
  readonly pidsLimit: number;
  /** `user` or `uid:gid` that programs run as. Default: the image's. */
  readonly user?: string;
}

export const defaultContainerSettings: ContainerSettings = { init: true, pidsLimit: 16_384 };

/** What `container` accepts, for the reference and for error messages. */
export const containerKeys =
  'keys socket (path of a unix socket), init (true or false), pidsLimit (a whole number from 1), user (user or uid:gid)';

/** `undefined` when the value is not what `container` accepts. */
export function parseContainerSettings(value: unknown): ContainerSettings | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  let settings = defaultContainerSettings;
  for (const [key, part] of Object.entries(value)) {
    if (key === 'socket' && typeof part === 'string' && /^(?:unix:\/\/)?\//.test(part))
      settings = { ...settings, socket: part };
    else if (key === 'init' && typeof part === 'boolean') settings = { ...settings, init: part };
    else if (key === 'pidsLimit' && typeof part === 'number' && Number.isSafeInteger(part) && part > 0)
      settings = { ...settings, pidsLimit: part };
    else if (key === 'user' && typeof part === 'string' && /^[\w.-]+(?::[\w.-]+)?$/.test(part))
      settings = { ...settings, user: part };
    else return undefined;
  }
  return settings;
}
