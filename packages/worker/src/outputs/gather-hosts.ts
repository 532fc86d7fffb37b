import { readFileSync } from 'node:fs';
import { lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InstanceReport, InstanceSpec } from '../instance-spec.ts';
import { pathInside } from '../inputs/path-inside.ts';

const LOOK_MS = 100;

/**
 * Waits until the other hosts of the workload have ended and takes over what they left in the output folders. Where two hosts left a file of
 * one name, that of the lower host stays. Answers whether all of them ended well. Ends early, with `false`, when the signal aborts.
 */
export async function gatherHosts({ baseDir, outputs, gather }: InstanceSpec, signal: AbortSignal): Promise<boolean> {
  let allWell = true;
  for (const host of gather) {
    const reason = await endOf(host.reportFile, signal);
    if (reason === undefined) return false;
    allWell &&= reason === 'completed' || reason === 'stopped';
    for (const { path, continuous } of outputs)
      if (continuous !== true) await moveContents(pathInside(host.baseDir, path), pathInside(baseDir, path));
  }
  return allWell;
}

async function endOf(reportFile: string, signal: AbortSignal): Promise<string | undefined> {
  for (;;) {
    if (signal.aborted) return undefined;
    const reason = exitReason(reportFile);
    if (reason !== undefined) return reason;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined); // the loop sees that it was aborted
  }
}

function exitReason(reportFile: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(reportFile, 'utf8')) as InstanceReport).exit?.reason; // replaced whole by workers and engines only
  } catch {
    return undefined; // it has not begun yet
  }
}

/** Moves what is in one folder into another, folder by folder; files that are there already stay. */
async function moveContents(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch(() => []); // a host that left no such folder
  for (const name of names) {
    const [source, target] = [join(from, name), join(to, name)];
    const there = await lstat(target).catch(() => undefined);
    if (there === undefined) await rename(source, target);
    else if (there.isDirectory() && (await lstat(source)).isDirectory()) await moveContents(source, target);
  }
}
