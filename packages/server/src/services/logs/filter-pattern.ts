/** The filter patterns of FilterLogEvents, as far as they are made of terms. */
import { invalidParameter } from './errors.ts';

/**
 * `ERROR timeout`: both terms, anywhere and in any order, upper and lower case told apart. `"out of memory"`: the phrase. `-debug`: not
 * this term. `?WARN ?ERROR`: any of these. An empty pattern matches everything.
 *
 * Thrown when the pattern is of another kind: JSON selectors, columns, regular expressions.
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  const trimmed = pattern.trim();
  if (/^[{[]/.test(trimmed)) throw unsupported(trimmed, 'JSON selectors and columns');
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  for (const [, sign, quoted, bare] of trimmed.matchAll(TERM)) {
    if (bare?.startsWith('%')) throw unsupported(trimmed, 'regular expressions');
    const term = quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '';
    if (term === '') throw invalidParameter(`Invalid filter pattern ${JSON.stringify(pattern)}: a term is empty.`);
    if (sign === '-') none.push(term);
    else if (sign === '?') any.push(term);
    else all.push(term);
  }
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term)));
}

/** A sign, then a phrase in quotes (a backslash escapes) or what there is up to the next space. */
const TERM = /([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g;

function unsupported(pattern: string, kind: string) {
  return invalidParameter(
    `Invalid filter pattern ${JSON.stringify(pattern)}: ${kind} are not supported here. Use terms, "phrases", -excluded and ?optional terms.`,
  );
}
