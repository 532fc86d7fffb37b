import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerState, inspectContainer } from './containers.ts';
import type { Daemon } from './daemon.ts';
import { DaemonUnreachable } from './daemon-error.ts';

/** A daemon that is being restarted is waited for this long. */
const AWAY_LIMIT_MS = 10 * 60_000;
const AWAY_PAUSE_MS = 1000;
/** Between two looks at a container whose output goes on. */
const SLOW_MS = 2000;

/**
 * How a container ended. Its output ends with it as a rule, and then its state is there within milliseconds; a container that closes its
 * output and goes on is looked at now and then. Waiting in the daemon instead would hold a connection for days, and Podman itself only looks
 * every quarter of a second.
 * @throws Error when somebody removed it, or the daemon stays away.
 */
export async function watchEnd(daemon: Daemon, name: string, outputEnded: Promise<void>): Promise<ContainerState> {
  let pause = 5;
  let ended = false;
  void outputEnded.then(() => (ended = true));
  let awaySince: number | undefined;
  for (;;) {
    if (!ended) await Promise.race([outputEnded, sleep(SLOW_MS)]);
    try {
      const state = await inspectContainer(daemon, name);
      awaySince = undefined;
      if (state === undefined) throw new Error(`the container ${name} was removed while it ran`);
      if (!state.running) return state;
      if (!ended) continue;
      await sleep(pause);
      pause = Math.min(2 * pause, SLOW_MS);
    } catch (error) {
      if (!(error instanceof DaemonUnreachable)) throw error;
      awaySince ??= Date.now();
      if (Date.now() - awaySince > AWAY_LIMIT_MS) throw error;
      await sleep(AWAY_PAUSE_MS);
    }
  }
}
