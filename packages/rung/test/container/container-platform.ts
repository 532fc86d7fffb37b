/** `rung up` as a process of its own, beside a Podman of its own that has an image built from nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Session } from '@rung/sdk';
import { makeRootArchives } from '../../../server/src/engines/container/testing/make-images.ts';
import { type PodmanService, startPodman } from '../../../server/src/engines/container/testing/podman-service.ts';

export const image = 'localhost/team/program:1';
const program = join(import.meta.dirname, '../../bin/rung.js');

export class ContainerPlatform {
  readonly podman: PodmanService;
  readonly folder = mkdtempSync(join(tmpdir(), 'c-'));
  readonly stateDir = join(this.folder, 's');
  /** The last of them is the one that runs. */
  readonly #children: ReturnType<typeof spawn>[] = [];

  static async start(): Promise<ContainerPlatform> {
    const podman = await startPodman();
    const script = readFileSync(join(import.meta.dirname, 'program.cjs'), 'utf8');
    const archives = await makeRootArchives({ 'opt/program/program.cjs': script });
    const entrypoint = JSON.stringify([process.execPath, '/opt/program/program.cjs']);
    await podman.importImage(image, archives.node(), [`ENTRYPOINT ${entrypoint}`, 'CMD ["look"]']);
    await archives.close();
    const platform = new ContainerPlatform(podman);
    await platform.up();
    return platform;
  }

  private constructor(podman: PodmanService) {
    this.podman = podman;
  }

  async up(): Promise<void> {
    const config = join(this.folder, 'rung.yaml');
    const settings = {
      stateDir: this.stateDir,
      port: 0,
      tlsPort: false,
      maxConcurrentJobs: 8,
      logLevel: 'error',
      container: { socket: this.podman.socket },
    };
    writeFileSync(config, JSON.stringify(settings)); // JSON is YAML
    const description = join(this.stateDir, 'server.json');
    rmSync(description, { force: true });
    const child = spawn(process.execPath, [program, 'up', '--config', config], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#children.push(child);
    for (let waited = 0; !existsSync(description); waited += 1) {
      if (child.exitCode !== null || waited > 1500) throw new Error('rung up does not start');
      await sleep(20);
    }
  }

  session(): Session {
    return new Session({ stateDir: this.stateDir });
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#children.at(-1);
    if (child === undefined || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async close(): Promise<void> {
    await this.end('SIGTERM');
    await this.podman.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
