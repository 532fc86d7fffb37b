import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a registry asks for, in the form the Docker API takes in `X-Registry-Auth`. */
export interface RegistryCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

/**
 * Credentials for an image's registry from the files where `docker login` and `podman login` leave them; the first file that knows the
 * registry wins. `undefined` when none does: public images need none.
 * @throws Error when a credential helper that a file names cannot be asked.
 */
export async function findCredentials(
  image: string,
  files: readonly string[],
): Promise<RegistryCredentials | undefined> {
  const keys = registryKeys(image);
  for (const file of files) {
    const config = readConfig(file);
    for (const key of keys) {
      const found = (await askHelper(config, key, file)) ?? decode(config.auths?.[key], key);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The registry of an image: the part before the first slash when it looks like a host, else Docker Hub. */
export function registryOf(image: string): string {
  const [first, ...rest] = image.split('/');
  return first !== undefined && rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
}

/** Under what names files know the registry of an image, the most special first: a login may be for a part of a registry only. */
function registryKeys(image: string): string[] {
  const registry = registryOf(image);
  const path = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const full = path.startsWith(`${registry}/`) ? path : `${registry}/${path}`;
  const parts = full.split('/');
  const special = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  const urls = registry === 'docker.io' ? ['https://index.docker.io/v1/', 'index.docker.io'] : [`https://${registry}`];
  return [...special, ...urls];
}

interface ConfigFile {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

function readConfig(file: string): ConfigFile {
  try {
    // The format that docker and podman share; what is not as it should be reads as absent.
    return JSON.parse(readFileSync(file, 'utf8')) as ConfigFile;
  } catch {
    return {}; // no such file, or not one of these
  }
}

function decode(
  entry: { readonly auth?: string; readonly identitytoken?: string } | undefined,
  serveraddress: string,
): RegistryCredentials | undefined {
  if (entry === undefined) return undefined;
  if (entry.identitytoken !== undefined && entry.identitytoken !== '')
    return { identitytoken: entry.identitytoken, serveraddress };
  const [username, ...password] = Buffer.from(entry.auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  if (username === undefined || username === '' || password.length === 0) return undefined;
  return { username, password: password.join(':'), serveraddress };
}

async function askHelper(config: ConfigFile, key: string, file: string): Promise<RegistryCredentials | undefined> {
  const listed = config.auths !== undefined && Object.hasOwn(config.auths, key);
  const helper = config.credHelpers?.[key] ?? (listed ? config.credsStore : undefined);
  if (helper === undefined || helper === '') return undefined;
  const answer = await runHelper(`docker-credential-${helper}`, key, file);
  if (answer === undefined) return undefined;
  const { Username: username, Secret: secret } = answer;
  return username === '<token>'
    ? { identitytoken: secret, serveraddress: key }
    : { username, password: secret, serveraddress: key };
}

function runHelper(
  program: string,
  key: string,
  file: string,
): Promise<{ Username: string; Secret: string } | undefined> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, ['get'], { timeout: 30_000 }, (error, stdout) => {
      if (error !== null && error.code === 'ENOENT') {
        reject(new Error(`${file} names the credential helper ${program} for ${key}, which is not in PATH`));
        return;
      }
      // A helper that does not know the registry says so by its exit code.
      if (error !== null) resolve(undefined);
      else resolve(JSON.parse(stdout) as { Username: string; Secret: string }); // the helper protocol's own shape
    });
    child.stdin?.on('error', () => undefined); // a helper that does not read has ended: its exit says the rest
    child.stdin?.end(key);
  });
}
