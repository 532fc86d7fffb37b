import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Tar archives of root file systems made of what this machine has: nothing is downloaded. */
export interface RootArchives {
  /** A static busybox with its programs: about 2 MB. */
  readonly shell: string;
  /** The same with this Node, in the same place as here. */
  node(): string;
  close(): Promise<void>;
}

export async function makeRootArchives(files: Readonly<Record<string, string>> = {}): Promise<RootArchives> {
  const folder = await mkdtemp(join(tmpdir(), 'rung-image-'));
  const root = join(folder, 'root');
  for (const path of ['bin', 'tmp', 'etc', 'opt/ml', 'proc', 'sys', 'dev'])
    mkdirSync(join(root, path), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const name of execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n'))
    if (name !== 'busybox') symlinkSync('busybox', join(root, 'bin', name));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n');
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, { mode: 0o755 });
  }
  const shell = archive(root, join(folder, 'shell.tar'));
  return {
    shell,
    node: () => {
      for (const file of [process.execPath, ...libraries(process.execPath)]) copyInto(root, file);
      return archive(root, join(folder, 'node.tar'));
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

function archive(root: string, file: string): string {
  execFileSync('tar', ['-C', root, '-cf', file, '.']);
  return file;
}

/** The shared libraries of a program, and the loader that loads them. */
function libraries(program: string): string[] {
  return [...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].flatMap(
    (match) => match[1] ?? [],
  );
}

function copyInto(root: string, file: string): void {
  mkdirSync(join(root, dirname(file)), { recursive: true });
  copyFileSync(realpathSync(file), join(root, file));
}
