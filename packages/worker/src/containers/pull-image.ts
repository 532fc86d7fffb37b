import { ProgramError } from '../program/program-error.ts';
import type { Daemon } from './daemon.ts';
import { DaemonError } from './daemon-error.ts';
import { findCredentials, registryOf } from './registry-credentials.ts';

export interface LocalImage {
  /** The name under which the daemon has it. */
  readonly name: string;
  /** The environment that it brings. */
  readonly environment: Readonly<Record<string, string>>;
  /** The user that its programs run as; empty: root. */
  readonly user: string;
}

/**
 * The image, pulled if the daemon does not have it.
 * @throws ProgramError when it cannot be had, with the daemon's reason and what to do.
 */
export async function provideImage(
  daemon: Daemon,
  image: string,
  options: {
    readonly credentialFiles: readonly string[];
    readonly signal: AbortSignal;
    readonly notice: (text: string) => void;
  },
): Promise<LocalImage> {
  const here = await localImage(daemon, image);
  if (here !== undefined) return here;
  options.notice(`Pulling image ${image}`);
  await pull(daemon, image, options.credentialFiles, options.signal);
  const pulled = await localImage(daemon, image);
  if (pulled === undefined) throw cannotPull(image, 'the daemon says it has pulled it, and does not have it');
  return pulled;
}

async function localImage(daemon: Daemon, image: string): Promise<LocalImage | undefined> {
  // Podman gives images without a registry that were built on this machine the registry `localhost`.
  const names =
    registryOf(image) === 'docker.io' && !image.startsWith('docker.io/') ? [image, `localhost/${image}`] : [image];
  for (const name of names) {
    try {
      const found = await daemon.call({ method: 'GET', path: `/images/${encodeURI(name)}/json` });
      // The Docker API's own shape.
      const { Config: config } = found as { Config?: { Env?: string[] | null; User?: string } | null };
      const entries = (config?.Env ?? []).map((entry): [string, string] => {
        const at = entry.indexOf('=');
        return at === -1 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
      });
      return { name, environment: Object.fromEntries(entries), user: config?.User ?? '' };
    } catch (error) {
      if (!(error instanceof DaemonError)) throw error;
      // 400: the name is none; the pull says so in the daemon's words.
      if (error.status !== 404 && error.status !== 400) throw error;
    }
  }
  return undefined;
}

async function pull(
  daemon: Daemon,
  image: string,
  credentialFiles: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  try {
    const credentials = await findCredentials(image, credentialFiles);
    const headers: Record<string, string> =
      credentials === undefined ? {} : { 'X-Registry-Auth': encode(JSON.stringify(credentials)) };
    const { name, tag } = splitTag(image);
    const path = `/images/create?fromImage=${encodeURIComponent(name)}&tag=${encodeURIComponent(tag)}`;
    for await (const line of daemon.lines({ method: 'POST', path, headers, signal })) {
      if (typeof line === 'object' && line !== null && 'error' in line) throw new Error(String(line.error));
    }
  } catch (error) {
    if (signal.aborted) throw error;
    throw cannotPull(image, error instanceof Error ? error.message : String(error));
  }
}

/** Base64 in the alphabet of URLs, with padding: daemons refuse it without. */
function encode(text: string): string {
  return Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** `registry:5000/team/name:tag` → name and tag; a digest is passed as the tag. Without a tag it is `latest`, never all of them. */
function splitTag(image: string): { readonly name: string; readonly tag: string } {
  const [withoutDigest = image, digest] = image.split('@');
  const match = /^(.*?)(?::([^/:]+))?$/.exec(withoutDigest);
  const name = match?.[1] ?? withoutDigest;
  return { name, tag: digest ?? match?.[2] ?? 'latest' };
}

function cannotPull(image: string, why: string): ProgramError {
  return new ProgramError(
    `ClientError: Cannot pull image "${image}": ${why.slice(0, 600)}. Check its name and tag; build it on this machine, or log in to ${registryOf(image)} with docker login or podman login if it is private.`,
    125,
  );
}
