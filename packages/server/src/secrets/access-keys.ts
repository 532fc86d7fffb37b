import { randomBytes } from 'node:crypto';
import { type AccessKey, type AccessKeySummary, createAccessKey, summarise } from './access-key.ts';
import { keyFile, type KeyFileContent } from './key-file.ts';
import { openSession, sealSession, type Session, type TemporaryCredentials } from './session-token.ts';

/** Who may speak to this control plane. */
export interface AccessKeys {
  /** The key of that id, also one that another process added a moment ago. */
  find(accessKeyId: string): AccessKey | undefined;
  /** Oldest first, without secrets. */
  list(): readonly AccessKeySummary[];
  /** The key to show a newcomer: the oldest. */
  first(): AccessKey;
  /** @param options.name Default: `key-<n>`. Thrown: `KeyRefused` when the name is taken. */
  add(options?: { name?: string; description?: string }): Promise<AccessKey>;
  /**
   * By id or by name. Sessions that the key began end with it.
   * Thrown: `KeyRefused` when there is no such key, or it is the last one and `force` is not given.
   */
  remove(idOrName: string, options?: { force?: boolean }): Promise<AccessKeySummary>;
  /** Temporary credentials. @param durationSeconds How long they are good for. */
  issueSession(session: Pick<Session, 'parent' | 'arn' | 'userId'> & { durationSeconds: number }): TemporaryCredentials;
  /** The session that a token stands for, whether or not it has ended; `undefined` when the token is not ours, or its key was removed. */
  openSession(token: string): { session: Session; secretAccessKey: string } | undefined;
}

/** Thrown when keys are not changed as asked; the message is for the user. */
export class KeyRefused extends Error {
  override readonly name = 'KeyRefused';
}

export interface AccessKeysOptions {
  /** Default: the wall clock. */
  readonly now?: () => Date;
}

/** Milliseconds after which a change of the file by another process is seen at the latest. An unknown id looks at once. */
const FRESH_FOR = 1000;

/**
 * Opens the keys of a state folder, and makes the first key where there is none.
 * Thrown: `KeyFileDamaged` when the file is not what Rung wrote.
 */
export async function openAccessKeys(stateDir: string, options: AccessKeysOptions = {}): Promise<AccessKeys> {
  const now = options.now ?? ((): Date => new Date());
  const file = keyFile(stateDir);
  let content = await file.update((found) => begin(found, now()));
  let byId = index(content);
  let stamp = file.stamp();
  let lookedAt = performance.now();

  const accept = (next: KeyFileContent): void => {
    content = next;
    byId = index(next);
    stamp = file.stamp();
  };
  const refresh = (): void => {
    lookedAt = performance.now();
    const seen = file.stamp();
    if (seen === stamp) return;
    const next = file.read();
    // A file that is gone for a moment, or was moved away, does not lock out who is at work.
    if (next !== undefined) accept(next);
    stamp = seen;
  };
  const fresh = (): KeyFileContent => {
    if (performance.now() - lookedAt > FRESH_FOR) refresh();
    return content;
  };

  return {
    find(accessKeyId) {
      fresh();
      if (!byId.has(accessKeyId)) refresh();
      return byId.get(accessKeyId);
    },
    list() {
      refresh();
      return content.keys.map(summarise);
    },
    first() {
      const [oldest] = fresh().keys;
      if (oldest === undefined) throw new KeyRefused('There are no access keys. Make one with `rung keys add`.');
      return oldest;
    },
    async add({ name, description = '' } = {}) {
      let added: AccessKey | undefined;
      accept(
        await file.update((found) => {
          const current = begin(found, now());
          if (current.keys.some((key) => key.name === name)) {
            throw new KeyRefused(
              `A key named "${name}" exists already. Choose another name, or remove that one: rung keys rm ${name}`,
            );
          }
          added = createAccessKey(name ?? freeName(current.keys), description, now());
          return { ...current, keys: [...current.keys, added] };
        }),
      );
      if (added === undefined) throw new Error('The key file was written without asking for the new key.');
      return added;
    },
    async remove(idOrName, { force = false } = {}) {
      let removed: AccessKey | undefined;
      accept(
        await file.update((found) => {
          const current = begin(found, now());
          removed = current.keys.find((key) => key.accessKeyId === idOrName || key.name === idOrName);
          if (removed === undefined) throw new KeyRefused(`There is no key "${idOrName}". See them with: rung keys ls`);
          if (current.keys.length === 1 && !force) {
            throw new KeyRefused(
              `"${removed.name}" is the last key: without it nobody can speak to this server. Add another first, or remove it with --force.`,
            );
          }
          return { ...current, keys: current.keys.filter((key) => key !== removed) };
        }),
      );
      if (removed === undefined) throw new Error('The key file was written without asking which key to remove.');
      return summarise(removed);
    },
    issueSession({ durationSeconds, ...session }) {
      return sealSession(
        { ...session, expires: Math.floor(now().getTime() / 1000) + durationSeconds },
        fresh().sealingKey,
      );
    },
    openSession(token) {
      const opened = openSession(token, fresh().sealingKey);
      const parent = opened?.session.parent;
      return parent === undefined || byId.has(parent) ? opened : undefined;
    },
  };
}

function begin(found: KeyFileContent | undefined, now: Date): KeyFileContent {
  return (
    found ?? {
      version: 1,
      keys: [createAccessKey('first', 'Made at the first start', now)],
      sealingKey: randomBytes(32).toString('base64'),
    }
  );
}

function index(content: KeyFileContent): ReadonlyMap<string, AccessKey> {
  return new Map(content.keys.map((key) => [key.accessKeyId, key]));
}

function freeName(keys: readonly AccessKey[]): string {
  const taken = new Set(keys.map((key) => key.name));
  let number = keys.length + 1;
  while (taken.has(`key-${number}`)) number += 1;
  return `key-${number}`;
}
