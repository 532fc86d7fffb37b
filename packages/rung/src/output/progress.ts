/** Long work shows how far it is: a bar on a terminal, a line per step elsewhere. Always on stderr, so that stdout holds results only. */
export interface Progress {
  /** @param fraction from 0 to 1, or `undefined` where nobody knows. */
  update(label: string, fraction?: number): void;
  /** Replaces the bar by a line that stays. */
  done(line: string): void;
  /** Writes a line above the bar. */
  line(text: string): void;
}

const barWidth = 28;

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? liveBar(stream) : plainLines(stream);
}

function liveBar(stream: NodeJS.WriteStream): Progress {
  let shown = '';
  const clear = (): void => {
    if (shown !== '') stream.write('\r\u001b[2K');
  };
  const draw = (text: string): void => {
    clear();
    shown = text.slice(0, Math.max(10, stream.columns - 1));
    stream.write(shown);
  };
  return {
    update: (label, fraction) => draw(`  ${bar(fraction)} ${label}`),
    done: (line) => {
      clear();
      shown = '';
      stream.write(`${line}\n`);
    },
    line: (text) => {
      const bar = shown;
      clear();
      stream.write(`${text}\n`);
      shown = '';
      if (bar !== '') draw(bar);
    },
  };
}

function plainLines(stream: NodeJS.WriteStream): Progress {
  let last = '';
  return {
    update: (label) => {
      if (label === last) return;
      last = label;
      stream.write(`  ${label}\n`);
    },
    done: (line) => void stream.write(`${line}\n`),
    line: (text) => void stream.write(`${text}\n`),
  };
}

function bar(fraction: number | undefined): string {
  if (fraction === undefined) return `[${'·'.repeat(barWidth)}]     `;
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * barWidth);
  const percent = `${Math.round(fraction * 100)}%`.padStart(4);
  return `[${'█'.repeat(filled)}${'·'.repeat(barWidth - filled)}] ${percent}`;
}
