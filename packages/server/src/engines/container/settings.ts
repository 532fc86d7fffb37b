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
