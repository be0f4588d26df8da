import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gatewayError, reasonOf } from '../model/errors.ts';

/** Held while a process uses a journal; frees itself when the process dies, however it dies. */
export interface JournalLock {
  release(): void;
}

/**
 * Takes the only right to use a journal directory: an exclusive SQLite transaction, which the system ends with the
 * process.
 *
 * @throws GatewayError JOURNAL_LOCKED when another process has it, JOURNAL_UNUSABLE when the directory cannot be used.
 */
export function lockJournal(directory: string): JournalLock {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    const database = new DatabaseSync(join(directory, 'lock.db'));
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      throw error;
    }
    return { release: () => database.close() };
  } catch (error) {
    if (/locked|busy/i.test(reasonOf(error))) throw gatewayError('JOURNAL_LOCKED', { path: directory }, error);
    throw gatewayError('JOURNAL_UNUSABLE', { path: directory, reason: reasonOf(error) }, error);
  }
}
