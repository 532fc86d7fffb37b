import { UsageError } from '../usage-error.ts';

/** A flag that may be given any number of times. */
export function pairs(brief: string): {
  kind: 'parsed';
  parse: typeof String;
  brief: string;
  variadic: true;
  optional: true;
} {
  return { kind: 'parsed', parse: String, brief, variadic: true, optional: true };
}

/** `['a=1', 'b=x=y']` → `{ a: '1', b: 'x=y' }` */
export function toRecord(flag: string, items: readonly string[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (items ?? []).map((item) => {
      const at = item.indexOf('=');
      if (at < 1) throw new UsageError(`${flag} wants NAME=VALUE, but was given "${item}"`);
      return [item.slice(0, at), item.slice(at + 1)];
    }),
  );
}
