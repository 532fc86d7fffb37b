import { loadService } from '../model/load-service.ts';
import type { ServiceName } from '../model/load-service.ts';
import type { Paginator } from '../model/service-model.ts';
import type { CallOptions } from './client-options.ts';
import { selectPath } from './select-path.ts';

type Output = Record<string, unknown>;
export type Call = (operation: string, input: object, options?: CallOptions) => Promise<Output>;

/** The pages of an operation. Thrown when the operation has none, or the service gives the same token twice. */
export async function* paginate(
  service: ServiceName,
  call: Call,
  operation: string,
  input: object,
  options?: CallOptions,
): AsyncGenerator<Output, void> {
  const paginator = (await loadService(service)).paginator(operation);
  if (paginator === undefined) throw new Error(`${operation} of ${service} does not answer in pages: use call()`);
  let tokens: Record<string, unknown> = {};
  for (;;) {
    const page = await call(operation, { ...input, ...tokens }, options);
    yield page;
    const next = nextTokens(paginator, page);
    if (next === undefined) return;
    if (JSON.stringify(next) === JSON.stringify(tokens)) {
      throw new Error(`${operation} of ${service} answered the same page twice: its pages have no end`);
    }
    tokens = next;
  }
}

/** What leads to the page after this one; undefined after the last. */
function nextTokens(paginator: Paginator, page: Output): Record<string, unknown> | undefined {
  if (paginator.moreResults !== undefined && selectPath(paginator.moreResults, page)[0] !== true) return undefined;
  const entries = paginator.inputTokens.flatMap((name, index) => {
    const token = selectPath(paginator.outputTokens[index] ?? '', page)[0];
    return token === undefined || token === '' ? [] : [[name, token] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
