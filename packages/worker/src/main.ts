/** `main.ts <spec.json>`: the worker of one instance. Started by an engine, never by hand. */
import { readFileSync } from 'node:fs';
import { takeClaim } from './claim.ts';
import type { InstanceSpec } from './instance-spec.ts';
import { identifyProcess } from './processes/process-identity.ts';
import { runInstance } from './run-instance.ts';
import { StopRequest } from './stop-request.ts';

const [specFile] = process.argv.slice(2);
if (specFile === undefined) {
  process.stderr.write('usage: main.ts <spec.json>\n');
  process.exit(2);
}

const spec = JSON.parse(readFileSync(specFile, 'utf8')) as InstanceSpec; // written by the engine of the same version
const worker = identifyProcess(process.pid);
if (worker === undefined) throw new Error('this process cannot be identified: is /proc mounted, or ps installed?');
// Listens before the claim: an engine signals only those who have claimed, so no signal can be missed or kill.
const stop = new StopRequest(spec.stopFile);
if (takeClaim(spec.claimFile, { worker })) await runInstance(spec, stop);
// Nothing that is still open (a connection kept alive, a watcher) may hold the process back.
process.exit(0);
