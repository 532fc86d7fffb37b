/** Flags with a value of their own, which may be left out. */
export function text(brief: string): { kind: 'parsed'; parse: typeof String; brief: string; optional: true } {
  return { kind: 'parsed', parse: String, brief, optional: true };
}

export function number(brief: string): { kind: 'parsed'; parse: typeof Number; brief: string; optional: true } {
  return { kind: 'parsed', parse: Number, brief, optional: true };
}
