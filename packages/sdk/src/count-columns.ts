import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Columns of the first row of a CSV file, or of the first one in a folder; `undefined` when there is none to be read as text. */
export async function countColumns(path: string): Promise<number | undefined> {
  const file = (await stat(path)).isDirectory() ? await firstCsv(path) : path;
  if (file === undefined || !/\.csv$/i.test(file)) return undefined;
  const stream = createReadStream(file);
  try {
    for await (const line of createInterface({ input: stream })) return line.split(',').length;
    return undefined;
  } finally {
    stream.destroy();
  }
}

async function firstCsv(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.csv$/i.test(name)).sort();
  return names[0] === undefined ? undefined : join(folder, names[0]);
}
