import type { DatabaseSync } from 'node:sqlite';

/**
 * The schema's history: entry `i` takes a database from version `i` to `i + 1`. Entries are never changed once
 * released, only added to. SQLite keeps the version in `PRAGMA user_version`.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    attributes TEXT
  ) STRICT;
  CREATE INDEX logs_timestamp ON logs (timestamp);
  CREATE INDEX logs_service ON logs (service, timestamp);
  CREATE INDEX logs_level ON logs (level, timestamp);
  CREATE INDEX logs_service_level ON logs (service, level, timestamp);

  CREATE TABLE metric_reports (
    id INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    metric TEXT NOT NULL,
    value REAL NOT NULL,
    timestamp INTEGER NOT NULL,
    received_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX metric_reports_timestamp ON metric_reports (timestamp);
  CREATE INDEX metric_reports_service ON metric_reports (service, timestamp);

  CREATE TABLE models (
    model_id TEXT PRIMARY KEY,
    description TEXT,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE model_versions (
    model_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    format TEXT NOT NULL,
    framework TEXT,
    framework_version TEXT,
    signature TEXT NOT NULL,
    warnings TEXT NOT NULL,
    artifact TEXT NOT NULL,
    memory_bytes INTEGER NOT NULL,
    parity TEXT,
    input_schema TEXT,
    labels TEXT,
    description TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (model_id, version)
  ) STRICT;

  CREATE TABLE deployments (
    model_id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    port INTEGER,
    listener INTEGER NOT NULL,
    environment TEXT NOT NULL,
    resources TEXT NOT NULL,
    batching TEXT NOT NULL,
    preprocessor TEXT,
    warmup TEXT,
    state TEXT NOT NULL CHECK (state IN ('running', 'stopped')),
    created_at INTEGER NOT NULL,
    deployed_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE preprocessors (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE services (
    service_id TEXT PRIMARY KEY,
    model_id TEXT NOT NULL,
    version TEXT,
    service_url TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    status TEXT NOT NULL,
    environment TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    last_heartbeat INTEGER NOT NULL,
    metadata TEXT NOT NULL
  ) STRICT;

  CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE deployments ADD COLUMN preprocessor_document TEXT;
  UPDATE deployments SET preprocessor_document = (
    SELECT document FROM preprocessors WHERE preprocessors.name = deployments.preprocessor
  );
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the schema up to {@link SCHEMA_VERSION}, all steps in one transaction, so that a start that is cut off leaves
 * the database as it was. Running it on an up-to-date database changes nothing.
 * @throws Error when the schema is newer than this program knows
 */
export function migrate(connection: DatabaseSync): void {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const version = schemaVersion(connection);
    if (version > SCHEMA_VERSION)
      throw new Error(
        `its schema has version ${version} and this release knows versions up to ${SCHEMA_VERSION}; ` +
          'start the newer release again, or restore a backup from before the upgrade',
      );
    for (const step of MIGRATIONS.slice(version)) connection.exec(step);
    if (version < SCHEMA_VERSION) connection.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

function schemaVersion(connection: DatabaseSync): number {
  return Number(connection.prepare('PRAGMA user_version').get()?.user_version);
}
