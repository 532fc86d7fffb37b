import { type Stats, existsSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { type Readable, pipeline } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { packTar } from 'modern-tar/fs';
import type { InstanceSpec } from '../instance-spec.ts';
import { outsidePath } from '../program/launch.ts';

/**
 * A folder as `.tar.gz`, with paths relative to it: regular files, folders, and links that stay within it. Anything else is left out, and
 * `notice` is told. A folder that is not there is an empty archive.
 */
export function archiveFolder(
  spec: Pick<InstanceSpec, 'mountOptMl' | 'baseDir'>,
  folder: string,
  notice: (text: string) => void,
): Readable {
  const inside = (name: string): string | undefined => linkWithin(spec, folder, join(folder, name));
  const keep = (path: string, stat: Stats): boolean => {
    const name = isAbsolute(path) ? relative(folder, path) : path;
    if (stat.isFile() || stat.isDirectory()) return true;
    if (stat.isSymbolicLink()) {
      if (inside(name) !== undefined) return true;
      notice(`Not stored: ${name} is a link to a place outside its folder.`);
      return false;
    }
    notice(`Not stored: ${name} is no regular file.`);
    return false;
  };
  const archive = packTar(existsSync(folder) ? folder : [], {
    filter: keep,
    map: (header) => {
      const linkname = header.type === 'symlink' ? inside(header.name.replace(/\/$/, '')) : header.linkname;
      // Whoever unpacks it owns it: names and numbers of this machine's users say nothing elsewhere.
      return { ...header, uid: 0, gid: 0, uname: '', gname: '', ...(linkname === undefined ? {} : { linkname }) };
    },
  });
  const zipped = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 2 ** 18 });
  // A failure of either destroys both: whoever reads the archive meets it.
  pipeline(archive, zipped, () => undefined);
  return zipped;
}

/** The relative target of a link that stays within `folder`, directly and through every link on its way. */
function linkWithin(
  spec: Pick<InstanceSpec, 'mountOptMl' | 'baseDir'>,
  folder: string,
  link: string,
): string | undefined {
  const target = readlinkSync(link);
  const place = isAbsolute(target) ? outsidePath(spec, target) : resolve(dirname(link), target);
  if (!within(folder, place)) return undefined;
  const real = isAbsolute(target) ? place : link;
  if (existsSync(real) && !within(realpathSync(folder), realpathSync(real))) return undefined;
  return isAbsolute(target) ? relative(dirname(link), place) : target;
}

function within(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
