/** A regular expression for one metric that answers within bounded time, whatever the line. */
export interface MetricRegex {
  /** The number that the first group matched; the whole match where there is no group. `undefined`: no match, or no finite number. */
  read(line: string): number | undefined;
}

/** Characters of a line that are searched: no metric stands further right, and the time for a bad expression stays bounded. */
export const SEARCHED_CHARACTERS = 4096;

/**
 * Compiles the expression of a metric definition. Python's named groups and leading flags are understood too, because most definitions were
 * written for Python's `re`.
 * @throws SyntaxError when it is no regular expression.
 */
export function compileMetricRegex(source: string): MetricRegex {
  const flags = /^\(\?([ims]+)\)/.exec(source);
  const pattern = source.slice(flags?.[0].length ?? 0).replaceAll('(?P<', '(?<');
  const regex = new RegExp(pattern, flags?.[1] ?? '');
  const search = canBacktrackWithoutEnd(pattern)
    ? timedSearch(regex)
    : (line: string): RegExpExecArray | null => regex.exec(line);
  return {
    read(line) {
      const match = search(line.slice(0, SEARCHED_CHARACTERS));
      const text = match?.[1] ?? match?.[0];
      if (text === undefined || text.trim() === '') return undefined;
      const value = Number(text);
      return Number.isFinite(value) ? value : undefined;
    },
  };
}

/**
 * From here on, an expression of this process that backtracks too often is tried again by V8's engine of linear time. Call it before the
 * expressions are compiled. Not a flag on the command line: Node then distrusts its own compiled code and starts 15 ms later.
 */
export function limitBacktracking(): void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
}

/** The engine of linear time knows neither look-around nor back references, so these alone need a watch of their own. */
function canBacktrackWithoutEnd(pattern: string): boolean {
  return /\(\?(?:[=!]|<[=!])|\\[1-9]|\\k</.test(pattern);
}

const TIME_LIMIT_MS = 50;
const STRIKES = 3;

function timedSearch(regex: RegExp): (line: string) => RegExpExecArray | null {
  let search: ((line: string) => RegExpExecArray | null) | undefined;
  let strikes = 0;
  return (line) => {
    if (strikes >= STRIKES) return null;
    search ??= interruptible(regex);
    try {
      return search(line);
    } catch {
      strikes += 1; // it took too long; after the third line it is given up for good
      return null;
    }
  };
}

function interruptible(regex: RegExp): (line: string) => RegExpExecArray | null {
  // Loaded only for the rare expression that needs it.
  const vm = process.getBuiltinModule('node:vm');
  const context = vm.createContext({ regex, line: '' });
  const script = new vm.Script('regex.exec(line)');
  return (line) => {
    context['line'] = line;
    return script.runInContext(context, { timeout: TIME_LIMIT_MS }) as RegExpExecArray | null; // the script is the line above
  };
}
