/** `--json`: the same facts for programs. One document on stdout, everything else on stderr. */
export const jsonFlag = { kind: 'boolean', brief: 'Print JSON for programs', default: false } as const;

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
