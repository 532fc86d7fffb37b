/**
 * What an engine tells the worker of one instance: a JSON file whose path is the worker's only argument. The file may hold credentials, so
 * it is written with mode 0600, and no secret ever stands in an argument list.
 */
import type { ProcessIdentity } from './processes/process-identity.ts';

export interface InstanceSpec {
  readonly workloadId: string;
  readonly index: number;
  readonly instanceCount: number;
  /** `algo-1` … : unique within the workload. */
  readonly host: string;
  readonly mode: 'job' | 'service';
  /** The folder that plays `/opt/ml`. */
  readonly baseDir: string;
  /** Mount {@link baseDir} on `/opt/ml` in a private mount namespace before the program starts. */
  readonly mountOptMl: boolean;
  readonly program: ProgramCommand | ContainerProgram;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: { readonly vcpus: number; readonly memoryBytes: number };
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** Folders below the base folder that the program finds beside those of its inputs and outputs: another host stores what it leaves there. */
  readonly folders?: readonly string[];
  /** A folder whose content outlives the instance: fetched before the program starts, stored while it runs and when it has ended. */
  readonly checkpoints?: {
    /** `s3://bucket/prefix` */
    readonly uri: string;
    /** Below the base folder. */
    readonly path: string;
    /** Between two looks at the folder, in milliseconds. Default 2000. */
    readonly lookMs?: number;
  };
  /** The folder `sagemaker/warmpoolcache`, which one job leaves to the next on the same instance. */
  readonly retained?: {
    /** Absolute path of what an earlier job left, when there is one. */
    readonly take?: string;
    /** Absolute path to leave it at. */
    readonly leave?: string;
  };
  /** Names of all hosts of the workload, where it has several and this machine is all of them: programs meet on its loopback interface. */
  readonly hostAddresses?: Readonly<Record<string, string>>;
  /**
   * The other hosts, on the one host that stores the outputs of all: once they have ended, what they left is put into its own folders. They
   * themselves have no outputs.
   */
  readonly gather: readonly { readonly baseDir: string; readonly reportFile: string }[];
  readonly files: Readonly<Record<string, string>>;
  readonly metricDefinitions: readonly MetricDefinition[];
  /** Absolute path of the log file to append to, in the platform's log line format. */
  readonly logFile: string;
  /** Absolute path of the file that the worker replaces atomically at every change: an {@link InstanceReport}. */
  readonly reportFile: string;
  /**
   * Absolute path of the file that the worker makes before it does anything else ({@link InstanceClaim}). Of all workers that are ever started
   * with this spec, only the one that made it goes on: that is why a start that was interrupted can simply be repeated.
   */
  readonly claimFile: string;
  /** Absolute path of the file that the engine writes before it signals SIGTERM: a {@link StopOrder}. */
  readonly stopFile: string;
  /** Absolute path of a file that says how to reach the platform ({@link Connection}); read again before each retry, because the platform may come back elsewhere. */
  readonly connectionFile: string;
  /** The embedded store's folder, where this machine has it: inputs are then read without the way over the wire. */
  readonly objects?: {
    readonly root: string;
    /** Whether the program may be given links to the objects' files, because it cannot write through them. */
    readonly link: boolean;
  };
  /** Private folder for the program's temporary files (`TMPDIR`); removed with the instance. */
  readonly tempDir: string;
  /** Value of `RUNG_INSTANCE` in the environment of the program and of all its children: how leftovers are found. */
  readonly marker: string;
  /** Path of `setpriv`, where the machine has it: with it the program dies when the worker is killed. */
  readonly setpriv?: string;
  readonly systemMetrics?: { readonly namespace: string; readonly host: string };
  /** Time between two looks at memory and CPU use, in milliseconds. */
  readonly sampleMs: number;
  readonly stopGraceSeconds: number;
  readonly notices: readonly string[];
  /** Service mode: where the program is told to listen. */
  readonly listen?: { readonly type: 'unix'; readonly path: string } | { readonly type: 'tcp' };
}

export interface ProgramCommand {
  /** Program and arguments; never passed through a shell. */
  readonly argv: readonly [string, ...string[]];
  /** Default: the base folder. */
  readonly workingDir?: string;
}

/** A program in an image, run by a Docker or Podman daemon of this machine with {@link InstanceSpec.baseDir} on `/opt/ml`. */
export interface ContainerProgram {
  readonly image: string;
  /** Default: the image's. */
  readonly entrypoint?: readonly string[];
  /** Arguments of the entry point. Default: the image's. */
  readonly arguments?: readonly string[];
  /** The daemon's unix socket. */
  readonly socket: string;
  /** Name of the container: no other instance ever has it. */
  readonly name: string;
  /** How the engine finds what it made. */
  readonly labels: Readonly<Record<string, string>>;
  readonly network:
    /** The daemon's own: out to everywhere. */
    | { readonly type: 'default' }
    /** Loopback only: nothing goes in or out. */
    | { readonly type: 'none' }
    /** One of the workload's own, in which its hosts find each other by name; `isolated`: and nobody else. */
    | { readonly type: 'own'; readonly name: string; readonly isolated: boolean };
  /**
   * How containers reach programs that listen on this machine's loopback address: through a door that the worker opens in their network; by a
   * name that the daemon gives to it; not at all.
   */
  readonly reach:
    | { readonly type: 'door' }
    | { readonly type: 'name'; readonly name: string }
    | { readonly type: 'none' };
  /** Cores it may use; fractions are possible. */
  readonly cpus: number;
  /** Processes and threads at the same time. */
  readonly pidsLimit: number;
  /** Size of `/dev/shm`, which counts as memory of the container. */
  readonly sharedMemoryBytes: number;
  /** A small first process that passes signals on and buries what the program leaves. */
  readonly init: boolean;
  /** `user` or `uid:gid`. Default: the image's. */
  readonly user?: string;
  readonly gpus?: { readonly count: number; readonly by: 'device-requests' | 'cdi' };
  /** Files with registry credentials, as `docker login` and `podman login` write them; the first that knows a registry wins. */
  readonly credentialFiles: readonly string[];
}

export interface Connection {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** One channel, or a model to unpack. */
export interface Input {
  readonly name: string;
  /** `s3://bucket/prefix` */
  readonly uri: string;
  readonly type: 'prefix' | 'manifest' | 'augmented-manifest' | 'object';
  /** Below the base folder, e.g. `input/data/train`. */
  readonly path: string;
  /** Which objects this instance gets: all, or every n-th in key order. */
  readonly distribution: 'replicated' | 'sharded';
  /** `gunzip`: each object is decompressed and loses its `.gz`; `untar`: a `.tar.gz` is unpacked into {@link path}. */
  readonly transform: 'none' | 'gunzip' | 'untar';
  /** How the objects reach the program. Absent: as files, copied before it starts. */
  readonly delivery?: LinkDelivery | PipeDelivery;
}

/** As links to files that the program cannot write to: nothing is copied. */
export interface LinkDelivery {
  readonly type: 'links';
}

/** As one stream per epoch, in the named pipes `<path>_0`, `<path>_1` …: each is there once the one before is closed. */
export interface PipeDelivery {
  readonly type: 'pipe';
  /** Each object, or each attribute of a line, is a RecordIO record; otherwise the objects are joined as they are. */
  readonly recordio: boolean;
  /** Of an augmented manifest: the attributes to send, in this order. */
  readonly attributes: readonly string[];
  /** Mixes the order in each epoch anew. Absent: the order of the keys, or of the manifest's lines. */
  readonly shuffleSeed?: number;
}

/** Something to keep when the program has ended. */
export interface Output {
  readonly name: string;
  /** Below the base folder, e.g. `model`. */
  readonly path: string;
  /** `s3://bucket/key` of the archive, or the prefix when {@link archive} is `none`. */
  readonly uri: string;
  readonly archive: 'tar.gz' | 'none';
  /** Do nothing when the folder is empty (`output/data`); otherwise an empty archive is stored. */
  readonly skipEmpty: boolean;
  /** Also keep it when the program failed. Default false: a broken run must not look like a model. */
  readonly onFailure?: boolean;
  /** Store files while the program runs, each once it has been quiet for a moment, by every host for itself and however it ends. {@link archive} is `none`. */
  readonly continuous?: boolean;
}

export interface MetricDefinition {
  readonly name: string;
  /** JavaScript regular expression; the first group is the value. */
  readonly regex: string;
  /** Where the points go, e.g. namespace `/aws/sagemaker/TrainingJobs`, dimension TrainingJobName. */
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What the worker says of its instance. The phases and exits are those of the engines' `InstanceState`. */
export interface InstanceReport {
  readonly pid: number;
  readonly phase: 'pending' | 'preparing' | 'downloading' | 'running' | 'uploading' | 'exited';
  readonly transitions: readonly { readonly phase: InstanceReport['phase']; readonly at: string }[];
  readonly exit?: {
    readonly reason:
      | 'completed'
      | 'program-failed'
      | 'out-of-memory'
      | 'stopped'
      | 'interrupted'
      | 'data-failed'
      | 'lost';
    readonly code?: number;
    readonly signal?: string;
    readonly message?: string;
  };
  /** What the program left in `output/message`; at most 1024 characters. Present once it has ended. */
  readonly exitMessage?: string;
  /** `unix:/path` or `tcp:host:port`. */
  readonly address?: string;
  /** The program's own process, which leads its process group. Present once it was started. */
  readonly program?: ProcessIdentity;
  readonly finalMetrics: readonly { readonly name: string; readonly value: number; readonly at: string }[];
}

export interface InstanceClaim {
  readonly worker: ProcessIdentity;
}

export interface StopOrder {
  /** Kill at once and store no output. */
  readonly abandon: boolean;
  /** The machine is taken away: store checkpoints, but no outputs; kill after this time instead of the usual. */
  readonly interrupt?: { readonly graceSeconds: number };
}
