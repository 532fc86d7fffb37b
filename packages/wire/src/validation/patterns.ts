/**
 * Patterns of the service models, which are written for Java, as JavaScript expressions that match a whole value.
 *
 * Java's `matches` asks for the whole value, so every expression is anchored. Most compile as they are under the `u`
 * flag; Java's own classes and needless escapes are translated for the rest.
 */
const compiled = new Map<string, RegExp | undefined>();

/**
 * Patterns that backtrack exponentially, each with one that accepts exactly the same values in linear time.
 * A test tries every pattern of every model with hostile values, so a new one is noticed when the models are updated.
 */
const linear: Readonly<Record<string, string>> = {
  '[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?': '[a-z0-9]([-a-z0-9]*[a-z0-9])?',
  '.*(?:[ \\r\\n\\t].*)*.*': '(?:.|[\\r\\n])*',
  '.*(?:[ \\r\\n\\t].*)*': '(?:.|[\\r\\n])*',
  'https://([.\\-_a-zA-Z0-9]+/?){3,1016}':
    'https://(?=(?:[.\\-_a-zA-Z0-9]/?){3})[.\\-_a-zA-Z0-9]+(?:/[.\\-_a-zA-Z0-9]+){0,1015}/?',
  '^[a-z0-9*](?:[._\\-/a-z0-9*]?[a-z0-9*]+)*$': '[a-z0-9*](?:[._\\-/]?[a-z0-9*])*',
};

/** The expression for a model's pattern; undefined for one that JavaScript cannot express, which then accepts every value. */
export function compilePattern(pattern: string): RegExp | undefined {
  if (!compiled.has(pattern)) {
    const source = linear[pattern] ?? pattern;
    compiled.set(pattern, build(source, 'u') ?? build(translate(source), 'u') ?? build(translate(source), ''));
  }
  return compiled.get(pattern);
}

function build(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${source})$`, flags);
  } catch {
    // Not expressible under these flags: the caller tries the next form.
    return undefined;
  }
}

/** Java's dialect in JavaScript's. */
function translate(pattern: string): string {
  return (
    pattern
      // A length bound behind an anchor, as in `(…)${1,128}`, repeats nothing in either language.
      .replace(/\$\{\d+,\d*\}$/, '$')
      .replace(/\\A/g, '^')
      .replace(/\\[zZ]/g, '$')
      .replace(/\\p\{Alnum\}(?=[^[]*\])/g, 'a-zA-Z0-9')
      .replace(/\\p\{Print\}(?=[^[]*\])/g, '\\x20-\\x7E')
      .replace(/\\p\{Alnum\}/g, '[a-zA-Z0-9]')
      .replace(/\\p\{Print\}/g, '[\\x20-\\x7E]')
      // `u` forbids escapes of characters that need none; a hyphen needs one only inside a class, where it stays.
      .replace(/\\([ _:=@#%&~'"<>,;!])/g, '$1')
      .replace(/\\-(?![^[]*\])/g, '-')
      .replace(/\[\\w-_\]/g, '[\\w\\-_]')
  );
}
