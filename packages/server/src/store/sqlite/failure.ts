/** Turns SQLite's error numbers into sentences that say what failed and what to do. */
import { StoreUnavailable, type UnavailableReason } from '../errors.ts';

/** The error to throw instead of `error`; `error` itself when it is not SQLite's. */
export function sqliteFailure(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ERR_INVALID_STATE')
    return unavailable('closed', `${file} is closed: the store was used after close().`, error);
  const code = primaryCode(error);
  const known = code === undefined ? undefined : FAILURES[code];
  return known ? unavailable(known.reason, `${file}: ${known.text}`, error) : error;
}

/** A unique index refused the row. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (error.errcode === UNIQUE || error.errcode === PRIMARY_KEY);
}

/** SQLite's extended codes of the two constraints. */
const UNIQUE = 2067;
const PRIMARY_KEY = 1555;

const FAILURES: Readonly<Record<number, { reason: UnavailableReason; text: string }>> = {
  5: { reason: 'busy', text: 'another process holds the database. Stop it, then try again.' },
  8: {
    reason: 'read-only',
    text: 'the database cannot be written. Check the permissions of the file and its folder, and that the disk is not mounted read-only.',
  },
  10: {
    reason: 'input-output',
    text: 'the disk reported an error. Check the system log and the disk, then start again.',
  },
  11: {
    reason: 'corrupt',
    text: 'the database is damaged. Restore the state folder from a backup, or move the file away to start empty.',
  },
  13: { reason: 'full', text: 'the disk is full. Free some space; nothing that was acknowledged is lost.' },
  14: {
    reason: 'input-output',
    text: 'the database cannot be opened. Check that its folder exists and may be written.',
  },
  26: {
    reason: 'not-a-database',
    text: 'this file is not a SQLite database. Restore it from a backup, or move it away to start empty.',
  },
};

/** Without the bits that extend it, e.g. SQLITE_IOERR for SQLITE_IOERR_FSYNC. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

function unavailable(reason: UnavailableReason, message: string, cause: unknown): StoreUnavailable {
  return new StoreUnavailable(reason, message, { cause });
}
