import { WeftError } from '../../domain/errors.ts';
import type { Database } from './database.ts';

export interface Installation {
  readonly id: string;
  /** Signs run tokens. */
  readonly secret: Buffer;
}

/** Reads the installation's row once; refuses, with `INSTALLATION_MISMATCH`, a database of another installation than `expectedId`. */
export function createInstallationReader(database: Database, expectedId: string | undefined): () => Promise<Installation> {
  let known: Installation | undefined;
  return async () => {
    known ??= await database.read((db) => db.selectFrom('installation').select(['id', 'secret']).executeTakeFirstOrThrow());
    if (expectedId !== undefined && known.id !== expectedId) {
      throw new WeftError(
        'INSTALLATION_MISMATCH',
        `The database belongs to installation ${known.id}, not to ${expectedId}. Check DATABASE_URL and the data directory.`,
      );
    }
    return known;
  };
}
