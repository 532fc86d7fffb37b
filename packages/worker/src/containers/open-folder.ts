import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Lets every user of a container read and write below a folder; outside it stays closed by the folder above, which is its owner's only. */
export function openToEveryUser(folder: string): void {
  chmodSync(folder, 0o777);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openToEveryUser(join(folder, entry.name));
    else if (entry.isFile()) chmodSync(join(folder, entry.name), 0o666);
  }
}
