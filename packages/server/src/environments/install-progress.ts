/** What an installer prints, read as progress: pure. */
export interface BuildProgress {
  /** What is being done now, for people: `downloading 310 of 904 MB`. */
  readonly step: string;
  /** From 0 to 1; absent where nobody knows. */
  readonly fraction?: number;
}

/** Shares of the whole: finding versions, downloading, writing files. */
const downloadFrom = 0.05;
const downloadTo = 0.85;

/** Reads uv's or pip's lines one by one. */
export class InstallProgress {
  readonly #packages: number;
  /** Sizes of the larger downloads, by name, in MB. */
  readonly #sizes = new Map<string, number>();
  readonly #done = new Set<string>();
  #collected = 0;

  /** @param packages how many packages the lock has, for installers that tell no sizes. */
  constructor(packages: number) {
    this.#packages = Math.max(1, packages);
  }

  /** `undefined` when the line says nothing new. */
  read(line: string): BuildProgress | undefined {
    const text = line.trim();
    const [, name, size, unit] = /^Downloading (\S+) \(([\d.]+) ?([KMG])i?B\)$/.exec(text) ?? [];
    if (name !== undefined && size !== undefined) {
      this.#sizes.set(name, Number(size) * (unit === 'G' ? 1024 : unit === 'K' ? 1 / 1024 : 1));
      return this.#downloading();
    }
    const [, downloaded] = /^Downloaded (\S+)$/.exec(text) ?? [];
    if (downloaded !== undefined) {
      this.#done.add(downloaded);
      return this.#downloading();
    }
    if (/^Prepared \d+ packages?/.test(text)) return { step: 'writing the packages', fraction: 0.9 };
    if (/^Installed \d+ packages?/.test(text)) return { step: 'compiling', fraction: 0.95 };
    if (text.startsWith('Installing collected packages')) return { step: 'writing the packages', fraction: 0.9 };
    if (text.startsWith('Collecting ')) return this.#collecting();
    return undefined;
  }

  #downloading(): BuildProgress {
    let total = 0;
    let done = 0;
    for (const [name, size] of this.#sizes) {
      total += size;
      if (this.#done.has(name)) done += size;
    }
    const share = total === 0 ? 0 : done / total;
    return {
      step: `downloading, ${Math.round(done)} of ${Math.round(total)} MB`,
      fraction: downloadFrom + (downloadTo - downloadFrom) * share,
    };
  }

  #collecting(): BuildProgress {
    this.#collected += 1;
    const share = Math.min(1, this.#collected / this.#packages);
    return {
      step: `downloading, package ${this.#collected}`,
      fraction: downloadFrom + (downloadTo - downloadFrom) * share,
    };
  }
}
