import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { Database } from '../common/database/database';
import type { PreprocessorRow } from '../common/database/tables';
import { AppError } from '../common/errors';
import { KeyedLock } from '../common/keyed-lock';
import { NAME, NAME_RULE } from '../common/name-rule';
import { compilePreprocessor, STORED_MEMBERS } from './compile-preprocessor';
import { FLIGHT_DELAY, FLIGHT_DELAY_NAME } from './flight-delay';
import { isJsonObject } from './json-bounds';
import type { PreprocessorDocument } from './preprocessor-spec';
import { PreprocessorUse } from './preprocessor-use';

/** A named preprocessor; `version` counts the changed documents that were put under the name. */
export interface StoredPreprocessor {
  name: string;
  version: number;
  document: PreprocessorDocument;
  /** Shipped with the server: can be neither replaced nor deleted. */
  builtin: boolean;
  createdAt: Date | null;
  updatedAt: Date | null;
}

const MAX_RECENT = 64;

const SHIPPED: StoredPreprocessor = {
  name: FLIGHT_DELAY_NAME,
  version: 1,
  document: FLIGHT_DELAY,
  builtin: true,
  createdAt: null,
  updatedAt: null,
};

/** Preprocessors by name: the shipped one and those that were put, which live in the database. */
@Injectable()
export class PreprocessorStore {
  private readonly changes = new KeyedLock();
  /** Those asked for lately, so that `/preprocess` neither reads nor parses its document anew. */
  private readonly recent = new Map<string, StoredPreprocessor>();

  constructor(
    private readonly database: Database,
    private readonly use: PreprocessorUse,
  ) {}

  /** All, by name. */
  async list(): Promise<StoredPreprocessor[]> {
    const rows = await this.database.db.selectFrom('preprocessors').selectAll().execute();
    return [SHIPPED, ...rows.map(fromRow)].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * The same object each time, for as long as it is not changed. Waits for a change that is under way.
   * @throws AppError preprocessor_not_found
   */
  async get(name: string): Promise<StoredPreprocessor> {
    if (name === SHIPPED.name) return SHIPPED;
    const found = await this.changes.run(name, () => this.find(name));
    if (!found) throw notFound(name);
    return found;
  }

  /**
   * Validates a document and stores it under the name; one that is stored there already, unchanged, stays as it is.
   * Deployments keep the document that they were deployed with until they are deployed again.
   * @throws AppError bad_request (the name), preprocessor_builtin, invalid_preprocessor
   */
  async put(name: string, document: unknown): Promise<StoredPreprocessor> {
    if (name === SHIPPED.name) throw new AppError('preprocessor_builtin', `${name} is shipped and cannot be replaced`);
    if (!NAME.test(name)) {
      throw new AppError(
        'bad_request',
        `The name of a preprocessor must be ${NAME_RULE}; found ${JSON.stringify(name.slice(0, 140))}`,
      );
    }
    compilePreprocessor(document);
    return this.changes.run(name, () => this.save(name, JSON.stringify(withoutStored(document))));
  }

  /** @throws AppError preprocessor_not_found, preprocessor_builtin, preprocessor_in_use */
  async remove(name: string): Promise<void> {
    if (name === SHIPPED.name) throw new AppError('preprocessor_builtin', `${name} is shipped and cannot be deleted`);
    await this.changes.run(name, async () => {
      if (!(await this.find(name))) throw notFound(name);
      const users = await this.use.usersOf(name);
      if (users.length > 0) {
        throw new AppError('preprocessor_in_use', `The preprocessor ${name} is used by ${users.join(', ')}`);
      }
      this.recent.delete(name);
      await this.database.db.deleteFrom('preprocessors').where('name', '=', name).execute();
    });
  }

  private async find(name: string): Promise<StoredPreprocessor | undefined> {
    const known = this.recent.get(name);
    if (known) return known;
    const row = await this.database.db
      .selectFrom('preprocessors')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst();
    return row && this.remember(fromRow(row));
  }

  private async save(name: string, document: string): Promise<StoredPreprocessor> {
    const known = await this.find(name);
    if (known && JSON.stringify(known.document) === document) return known;
    const now = Date.now();
    const version = (known?.version ?? 0) + 1;
    const row = { name, version, document, created_at: known?.createdAt?.getTime() ?? now, updated_at: now };
    await this.database.db
      .insertInto('preprocessors')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ version, document, updated_at: now }))
      .execute();
    return this.remember(fromRow(row));
  }

  private remember(one: StoredPreprocessor): StoredPreprocessor {
    this.recent.delete(one.name);
    this.recent.set(one.name, one);
    const [oldest] = this.recent.keys();
    if (this.recent.size > MAX_RECENT && oldest !== undefined) this.recent.delete(oldest);
    return one;
  }
}

function fromRow(row: Selectable<PreprocessorRow>): StoredPreprocessor {
  return {
    name: row.name,
    version: row.version,
    document: JSON.parse(row.document) as PreprocessorDocument,
    builtin: false,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}

function withoutStored(document: unknown): unknown {
  if (!isJsonObject(document)) return document;
  return Object.fromEntries(Object.entries(document).filter(([member]) => !STORED_MEMBERS.includes(member)));
}

function notFound(name: string): AppError {
  return new AppError('preprocessor_not_found', `No preprocessor has the name ${JSON.stringify(name.slice(0, 140))}`);
}
