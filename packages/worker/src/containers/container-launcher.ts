import { constants } from 'node:os';
import type { InstanceSpec, ContainerProgram } from '../instance-spec.ts';
import { kernelMemoryKills } from '../metrics/kernel-memory-kills.ts';
import { overLimitMessage } from '../program/memory-message.ts';
import { ProgramError } from '../program/program-error.ts';
import type { Launcher, ProgramExit } from '../program/running-program.ts';
import { attach } from './attach.ts';
import { SERVING_PORT, containerBody } from './container-body.ts';
import { openToEveryUser } from './open-folder.ts';
import { watchEnd } from './watch-end.ts';
import { containerEnvironment, reachPlatform } from './container-environment.ts';
import {
  createContainer,
  createNetwork,
  inspectContainer,
  removeContainer,
  signalContainer,
  startContainer,
} from './containers.ts';
import { Daemon } from './daemon.ts';
import { DaemonError } from './daemon-error.ts';
import { type Relay, startRelay } from './relay.ts';
import type { PlatformDoor } from './platform-door.ts';
import { provideImage } from './pull-image.ts';
import { sampleContainer } from './sample-container.ts';

/** Starts the program as a container of its own, which is removed as soon as it has ended. */
export function containerLauncher(
  spec: InstanceSpec,
  program: ContainerProgram,
  { signal, notice }: { readonly signal: AbortSignal; readonly notice: (text: string) => void },
): Launcher {
  const daemon = new Daemon(program.socket);
  const cleared = new AbortController();
  const { name } = program;
  let door: PlatformDoor | undefined;
  let relay: Relay | undefined;
  let preparing: Promise<void> | undefined;

  const prepare = async (): Promise<void> => {
    const image = await provideImage(daemon, program.image, {
      credentialFiles: program.credentialFiles,
      signal: AbortSignal.any([signal, cleared.signal]),
      notice,
    });
    if (program.network.type === 'own')
      await createNetwork(daemon, program.network.name, {
        internal: program.network.isolated,
        labels: program.labels,
      });
    const way = await reachPlatform(daemon, spec, program);
    door = way.door;
    if (way.notice !== undefined) notice(way.notice);
    const environment = containerEnvironment(spec, way.connection, image.environment);
    await createContainer(daemon, name, containerBody(spec, { ...program, image: image.name }, environment)).catch(
      (error: unknown) => {
        throw refusal(program, error);
      },
    );
  };

  const startRunning: Launcher['start'] = async (output, poster) => {
    // Its user is known to the image alone, and nobody else gets to this folder.
    openToEveryUser(spec.baseDir);
    const attached = await attach(daemon, name, output);
    const killsBefore = kernelMemoryKills();
    const doorOpen = door?.open();
    // Waited for below; until then a failure of it must not end the worker.
    doorOpen?.catch(() => undefined);
    await startContainer(daemon, name).catch((error: unknown) => {
      throw refusal(program, error);
    });
    const end = watchEnd(daemon, name, attached.ended);
    const system = sampleContainer(daemon, spec, program, poster);
    void end.finally(() => system.stop()).catch(() => undefined);
    doorOpen?.catch((error: Error) =>
      notice(`The platform cannot be reached from the container: no place to listen in its network: ${error.message}`),
    );
    const address = await serviceAddress();
    let outOfMemory = false;
    // Whoever started it says first that it runs; then comes what it has to say.
    setImmediate(attached.flow);
    return {
      ...(address === undefined ? {} : { address }),
      exited: end.then((state) => {
        // Podman does not notice it on every kernel; the kernel itself counts.
        outOfMemory = state.outOfMemory || (state.exitCode === KILLED && kernelMemoryKills() > killsBefore);
        return exitOf(state.exitCode);
      }),
      outputEnded: attached.ended,
      signal: (which) => {
        signalContainer(daemon, name, which).catch((error: Error) => notice(`${which} was not sent: ${error.message}`));
      },
      memoryEnd: ({ code }, asked) =>
        !asked && outOfMemory && code !== 0 ? overLimitMessage(undefined, spec.limits.memoryBytes) : undefined,
      explain: ({ code }, words) =>
        code === 126 || code === 127 || NO_EXEC.test(words) ? `ClientError: ${notThere(program)}` : undefined,
    };
  };

  /** Known once it runs: the daemon picks the port. */
  const serviceAddress = async (): Promise<string | undefined> => {
    if (spec.mode !== 'service') return undefined;
    const state = await inspectContainer(daemon, name);
    if (program.network.type === 'none') {
      if (spec.listen?.type !== 'unix' || state === undefined || state.pid === 0) return undefined;
      relay = startRelay(state.pid, spec.listen.path, SERVING_PORT, spec.marker);
      return `unix:${spec.listen.path}`;
    }
    const port = state?.ports.get(`${SERVING_PORT}/tcp`);
    return port === undefined ? undefined : `tcp:127.0.0.1:${port}`;
  };

  return {
    prepare: () => (preparing = prepare()),
    start: startRunning,
    clear: async () => {
      if (cleared.signal.aborted) return;
      cleared.abort();
      // A container that is only just being made must not be missed. Why it was not made has been told already.
      await preparing?.catch(() => undefined);
      relay?.close();
      door?.close();
      await removeContainer(daemon, name);
      daemon.close();
    },
  };
}

/** What the small first processes of Podman and Docker say when there is nothing to start. */
const NO_EXEC = /^(?:ERROR \(catatonit:\d+\): failed to exec|\[FATAL\s+tini \(\d+\)\] exec )/m;
/** 128 and SIGKILL. */
const KILLED = 137;

/** A container's exit code is all there is: above 128 it stands for a signal, as shells count. */
function exitOf(exitCode: number): ProgramExit {
  const signal = signalNames.get(exitCode - 128);
  return signal === undefined ? { code: exitCode, signal: null } : { code: null, signal };
}

const signalNames: ReadonlyMap<number, NodeJS.Signals> = new Map(
  // The table of Node itself: its keys are the names of signals. Where a number has several, the first is the usual one.
  Object.entries(constants.signals)
    .toReversed()
    .map(([name, number]) => [number, name as NodeJS.Signals]),
);

function refusal(program: ContainerProgram, error: unknown): unknown {
  if (!(error instanceof DaemonError)) return error;
  const missing = /executable file not found|no such file or directory|not found in \$PATH/i.test(error.message);
  if (missing && !/mount|bind/i.test(error.message))
    return new ProgramError(`ClientError: ${notThere(program)} ${error.message.slice(0, 500)}`, 127);
  if (/permission denied/i.test(error.message))
    return new ProgramError(`ClientError: ${notThere(program)} ${error.message.slice(0, 500)}`, 126);
  return new ProgramError(
    `ClientError: The container of image "${program.image}" cannot be started: ${error.message.slice(0, 700)}`,
    125,
  );
}

function notThere({ image, entrypoint, arguments: parameters }: ContainerProgram): string {
  const what =
    entrypoint === undefined
      ? `Image "${image}" starts nothing that can run with arguments ${JSON.stringify(parameters ?? [])}`
      : `Image "${image}" cannot run ${JSON.stringify([...entrypoint, ...(parameters ?? [])])}`;
  return `${what}: the program is not in the image, or may not be executed. The image needs an ENTRYPOINT or a program of that name in its PATH.`;
}
