/**
 * Compiles the AssemblyScript kernels to the `.wasm` files that are committed beside them. `--check` compiles in memory and fails when a
 * committed file is stale.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { main as compileAssembly } from 'assemblyscript/asc';

const kernels = new URL('../packages/algorithms/src/kernels/', import.meta.url);
const dataSection = 11;
const check = process.argv.includes('--check');
const stale: string[] = [];

for (const file of readdirSync(new URL('assembly/', kernels))
  .filter((name) => name.endsWith('.ts'))
  .toSorted()) {
  const name = basename(file, '.ts');
  const target = new URL(`wasm/${name}.wasm`, kernels);
  const binary = await compile(name, readFileSync(new URL(`assembly/${file}`, kernels), 'utf8'));
  refuseImportsAndData(name, binary);
  const fresh = existsSync(target) && readFileSync(target).equals(binary);
  if (fresh) continue;
  stale.push(name);
  if (!check) writeFileSync(target, binary);
}

if (check && stale.length > 0) {
  console.error(`stale kernels: ${stale.join(', ')}. Run: node tools/build-kernels.ts`);
  process.exitCode = 1;
} else {
  console.log(stale.length === 0 ? 'kernels are fresh' : `built ${stale.join(', ')}`);
}

/** Plain SIMD, no runtime, memory imported and shared. */
async function compile(name: string, source: string): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const options = `--outFile ${name}.wasm -O3 --noAssert --runtime stub --use abort= --importMemory --sharedMemory
    --initialMemory 1 --maximumMemory 65536 --memoryBase 1024 --enable simd --enable threads --enable bulk-memory`;
  let complaints = '';
  const { error } = await compileAssembly([`${name}.ts`, ...options.split(/\s+/)], {
    stderr: { write: (text: string) => (complaints += text) },
    readFile: (path) => (path === `${name}.ts` ? source : part(path)),
    writeFile: (path, contents) => {
      if (path === `${name}.wasm` && typeof contents !== 'string') binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) throw new Error(`kernel ${name} does not compile:\n${complaints}`);
  return binary;
}

/** A kernel too long for one file imports others from the folder of its name; what several share lies in `simd/`. */
function part(path: string): string | null {
  const file = new URL(`assembly/${path}`, kernels);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** Only the memory may be imported, and static data would be written by every thread again: both are refused here rather than found at run time. */
function refuseImportsAndData(name: string, binary: Uint8Array): void {
  // A copy, because WebAssembly.Module wants an ArrayBuffer of its own kind.
  const module = new WebAssembly.Module(new Uint8Array(binary));
  const imports = WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`);
  if (imports.join() !== 'env.memory')
    throw new Error(`kernel ${name} imports ${imports.join(', ')}; only env.memory is there`);
  if (sectionIds(binary).includes(dataSection))
    throw new Error(`kernel ${name} has static data; pass tables by pointer instead`);
}

function sectionIds(binary: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < binary.length;) {
    ids.push(binary[at++] ?? 0);
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = binary[at++] ?? 0;
      size |= (byte & 0x7f) << shift;
      more = byte >= 0x80;
    }
    at += size;
  }
  return ids;
}
