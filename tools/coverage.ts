/**
 * Writes docs/coverage.md from the handlers that exist: which operations of each service have behaviour, and how many there are in all.
 * `--check` fails when the committed page says something else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadService } from '@rung/wire';
import type { ServerResources } from '../packages/server/src/resources.ts';
import { allServices } from '../packages/server/src/services/all-services.ts';
import { invocationOperations } from '../packages/server/src/services/sagemaker-runtime/invocation-handler.ts';

/** The handlers are only named here, never called: whatever they take hold of when they are made may be nothing. */
const nothing: unknown = new Proxy({}, { get: () => nothing });

const file = join(import.meta.dirname, '../docs/coverage.md');
const page = await coveragePage();
const current = readIfThere();
if (!process.argv.includes('--check')) {
  writeFileSync(file, page);
} else if (current !== page) {
  process.stdout.write('docs/coverage.md is stale: run `npm run generate`.\n');
  process.exitCode = 1;
}

async function coveragePage(): Promise<string> {
  const services = allServices(nothing as ServerResources).map(({ name, handlers }) => ({
    name,
    operations: Object.keys(handlers),
  }));
  services.push({ name: 'sagemaker-runtime', operations: [...invocationOperations] });
  const sections: string[] = [];
  const summary: string[] = [];
  for (const { name, operations } of services) {
    const model = await loadService(name);
    const all = [...model.operationNames].sort();
    const there = all.filter((operation) => operations.includes(operation));
    summary.push(`| ${model.fullName} | \`${name}\` | ${there.length} | ${all.length} |`);
    if (there.length > 0)
      sections.push(`## ${model.fullName}\n\n${there.map((operation) => `- ${operation}`).join('\n')}\n`);
  }
  return `# Operations that Rung answers

Generated from the handlers by \`npm run generate\`. Every other operation of these services is recognised, and refused with an error that names it.

| service | client name | answered | in the model |
|---|---|---|---|
${summary.join('\n')}

${sections.join('\n')}`;
}

function readIfThere(): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // Never generated.
  }
}
