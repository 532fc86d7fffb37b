/** The control plane's configuration, complete: every default is filled in before anything reads it. */
export interface ServerConfig {
  /** The folder that holds everything Rung remembers. One control plane at a time. */
  readonly stateDir: string;
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
  /** `silent` to `trace`. Default `info`. */
  readonly logLevel: string;
}
