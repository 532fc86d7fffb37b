import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Daemon } from '@rung/worker/containers';

/** A Podman of a test's own: its images, containers and networks lie in a folder that goes with it. */
export interface PodmanService {
  readonly socket: string;
  readonly daemon: Daemon;
  /** The environment in which the `podman` program works on the same storage. */
  readonly environment: NodeJS.ProcessEnv;
  /** Makes an image of a tar archive with its root file system. `changes`: lines of a Containerfile. */
  importImage(name: string, archive: string, changes?: readonly string[]): Promise<void>;
  /** Names of all containers there are. */
  containers(): Promise<string[]>;
  networks(): Promise<string[]>;
  close(): Promise<void>;
}

/** Why Podman cannot run here; `undefined` when it can, or where RUNG_REQUIRE_PODMAN says that it has to. */
export function podmanMissing(): string | undefined {
  if (process.env['RUNG_REQUIRE_PODMAN'] !== undefined) return undefined;
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root';
  for (const program of ['podman', 'runc'])
    if (!onPath(program)) return `needs ${program}: apt-get install podman runc busybox-static`;
  return existsSync('/bin/busybox') ? undefined : 'needs a static busybox: apt-get install busybox-static';
}

/** @param plainRegistry `host:port` of a registry without TLS that images may be pulled from. */
export async function startPodman(plainRegistry?: string): Promise<PodmanService> {
  const folder = await mkdtemp(join(tmpdir(), 'rung-podman-'));
  const socket = join(folder, 'podman.sock');
  const environment = configure(folder, plainRegistry);
  const service = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  service.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()));
  const daemon = new Daemon(socket);
  await answering(daemon, service, () => words);
  return {
    socket,
    daemon,
    environment,
    importImage: (name, archive, changes = []) => importImage(socket, name, archive, changes),
    containers: async () => names(await daemon.call({ method: 'GET', path: '/containers/json?all=1' })),
    networks: async () => {
      // The Docker API's own shape.
      const found = (await daemon.call({ method: 'GET', path: '/networks' })) as { Name: string }[];
      return found.map(({ Name }) => Name).filter((name) => name !== 'bridge' && name !== 'podman');
    },
    close: async () => {
      daemon.close();
      const run = promisify(execFile);
      await run('podman', ['rm', '--all', '--force', '--time', '0'], { env: environment });
      service.kill('SIGTERM');
      if (service.exitCode === null) await once(service, 'close');
      await podmanGone(folder);
      // Podman leaves its storage mounted on itself.
      for (const mount of mountsBelow(folder)) execFileSync('umount', [mount]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configure(folder: string, plainRegistry: string | undefined): NodeJS.ProcessEnv {
  // Two services at a time must not give out the same addresses.
  const subnet = `10.${100 + (process.pid % 100)}`;
  writeFileSync(
    join(folder, 'containers.conf'),
    `[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "${folder}/tmp"
volume_path = "${folder}/volumes"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[network]
network_config_dir = "${folder}/networks"
default_subnet = "${subnet}.0.0/24"
default_subnet_pools = [{"base" = "${subnet}.128.0/17", "size" = 24}]
`,
  );
  writeFileSync(
    join(folder, 'storage.conf'),
    `[storage]\ndriver = "${canOverlay(folder) ? 'overlay' : 'vfs'}"\ngraphroot = "${folder}/root"\nrunroot = "${folder}/run"\n`,
  );
  const registry = plainRegistry === undefined ? '' : `[[registry]]\nlocation = "${plainRegistry}"\ninsecure = true\n`;
  writeFileSync(join(folder, 'registries.conf'), registry);
  mkdirSync(join(folder, 'scratch'));
  return {
    ...process.env,
    // Archives that it is loading when it is told to stop stay behind.
    TMPDIR: join(folder, 'scratch'),
    CONTAINERS_REGISTRIES_CONF: join(folder, 'registries.conf'),
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
  };
}

/** Layers are copied where they cannot be laid over each other, as in a container whose own files are such layers. */
function canOverlay(folder: string): boolean {
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(folder, `try-${name}`));
  for (const path of [lower, upper, work, merged]) mkdirSync(path ?? '');
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  if (spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', options, merged ?? ''], { stdio: 'ignore' }).status !== 0)
    return false;
  execFileSync('umount', [merged ?? '']);
  return true;
}

async function answering(daemon: Daemon, service: ChildProcess, words: () => string): Promise<void> {
  for (let waited = 0; ; waited += 1) {
    try {
      await daemon.call({ method: 'GET', path: '/version', timeoutMs: 5000 });
      return;
    } catch (error) {
      if (service.exitCode !== null || waited > 500)
        throw new Error(`podman does not start: ${words()}`, { cause: error });
      await sleep(20);
    }
  }
}

function importImage(socket: string, name: string, archive: string, changes: readonly string[]): Promise<void> {
  const query = new URLSearchParams([
    ['fromSrc', '-'],
    // Podman 4 ignores `tag` here.
    ['repo', name],
    ...changes.map((change): [string, string] => ['changes', change]),
  ]);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath: socket,
        method: 'POST',
        path: `/v1.41/images/create?${query.toString()}`,
        headers: { 'Content-Type': 'application/x-tar' },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(text))));
      },
    );
    sent.on('error', reject);
    sent.end(readFileSync(archive));
  });
}

function names(found: unknown): string[] {
  return (found as { Names: string[] }[]).flatMap(({ Names }) => Names); // the Docker API's own shape
}

/** A container's end is cleaned up after by a Podman of its own, which would make the folder anew were it gone. */
async function podmanGone(folder: string): Promise<void> {
  for (let waited = 0; commandsWith(folder).length > 0; waited += 1) {
    if (waited > 500) throw new Error(`podman does not end: ${commandsWith(folder).join('\n')}`);
    await sleep(20);
  }
}

function commandsWith(text: string): string[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command.includes(text) ? [command] : [];
    } catch {
      return []; // ended between the listing and the look
    }
  });
}

function mountsBelow(folder: string): string[] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter((path) => path.startsWith(folder))
    .toReversed();
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(':')
    .concat('/usr/sbin', '/sbin')
    .some((folder) => existsSync(join(folder, program)));
}
