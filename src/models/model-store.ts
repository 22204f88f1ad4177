import { Injectable } from '@nestjs/common';
import type { Kysely, Transaction } from 'kysely';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppConfig } from '../common/config';
import { Database } from '../common/database/database';
import type { ModelVersionRow, Tables } from '../common/database/tables';
import { AppError } from '../common/errors';
import { KeyedLock } from '../common/keyed-lock';
import type { ModelDraft, ModelVersion } from './model-version';

/**
 * The files of a version: as uploaded, the graph that is deployed, and for some models what is done to text before it,
 * the same graph for the HTTP thread, or the same graph parted at its trees.
 */
export const ARTIFACT_FILES = {
  original: 'original',
  onnx: 'model.onnx',
  text: 'text-stage.bin',
  inline: 'inline-graph.bin',
  trees: 'tree-split.bin',
} as const;

const MODEL_NOT_FOUND = 'Model not found. Please upload first.';

/**
 * Versions of models: rows in the database, files in `DATA_DIR/artifacts/<random>`. The row is written last, so that
 * half an upload is never visible; folders without a row are swept away at the next start.
 */
@Injectable()
export class ModelStore {
  private readonly numbering = new KeyedLock();
  private readonly artifacts: string;
  private readonly temporary: string;

  constructor(
    config: AppConfig,
    private readonly database: Database,
  ) {
    this.artifacts = join(config.dataDir, 'artifacts');
    this.temporary = join(config.dataDir, 'tmp');
  }

  /** Makes the folders and removes what an interrupted upload or deletion left behind. */
  async open(): Promise<void> {
    await rm(this.temporary, { recursive: true, force: true });
    await mkdir(this.temporary, { recursive: true });
    await mkdir(this.artifacts, { recursive: true });
    const rows = await this.database.db.selectFrom('model_versions').select('artifact').execute();
    const known = new Set(rows.map((row) => row.artifact));
    for (const name of await readdir(this.artifacts)) {
      if (!known.has(name)) await rm(join(this.artifacts, name), { recursive: true, force: true });
    }
  }

  /** A fresh folder for one upload on the same disk as the artifacts, so that it can be renamed into place. */
  async makeWorkFolder(): Promise<string> {
    const folder = join(this.temporary, randomUUID());
    await mkdir(folder);
    return folder;
  }

  /** All versions of all models, by id and version. */
  async listAll(): Promise<ModelVersion[]> {
    const rows = await this.database.db
      .selectFrom('model_versions')
      .selectAll()
      .orderBy('model_id')
      .orderBy('version')
      .execute();
    return rows.map(fromRow);
  }

  /** All versions of one model, oldest first. @throws AppError model_not_found */
  async versionsOrThrow(modelId: string): Promise<ModelVersion[]> {
    const rows = await this.database.db
      .selectFrom('model_versions')
      .selectAll()
      .where('model_id', '=', modelId)
      .orderBy('version')
      .execute();
    if (rows.length === 0) throw new AppError('model_not_found', MODEL_NOT_FOUND);
    return rows.map(fromRow);
  }

  /** One version, by default the newest. @throws AppError model_not_found, version_not_found */
  async versionOrThrow(modelId: string, version?: number): Promise<ModelVersion> {
    const versions = await this.versionsOrThrow(modelId);
    const found = version === undefined ? versions.at(-1) : versions.find((candidate) => candidate.version === version);
    if (found) return found;
    const known = versions.map((candidate) => candidate.version).join(', ');
    throw new AppError('version_not_found', `the model has no version ${version}; it has ${known}`);
  }

  /** The version that these very bytes already are, if any. */
  async findByHash(modelId: string, sha256: string): Promise<ModelVersion | undefined> {
    const row = await this.database.db
      .selectFrom('model_versions')
      .selectAll()
      .where('model_id', '=', modelId)
      .where('sha256', '=', sha256)
      .executeTakeFirst();
    return row && fromRow(row);
  }

  /** The number of the newest version of a model, 0 without any. */
  async newestNumber(modelId: string, db: Kysely<Tables> = this.database.db): Promise<number> {
    const newest = await db
      .selectFrom('model_versions')
      .select((select) => select.fn.max('version').as('version'))
      .where('model_id', '=', modelId)
      .executeTakeFirst();
    return Number(newest?.version ?? 0);
  }

  /** Moves the folder of a finished import into place and numbers it; the same bytes twice at once are one version. */
  async add(draft: ModelDraft, folder: string): Promise<ModelVersion> {
    return this.numbering.run(draft.modelId, async () => {
      const existing = await this.findByHash(draft.modelId, draft.sha256);
      if (existing) return existing;
      const artifact = randomUUID();
      await rename(folder, join(this.artifacts, artifact));
      try {
        return await this.insert(draft, artifact);
      } catch (error) {
        await rm(join(this.artifacts, artifact), { recursive: true, force: true });
        throw error;
      }
    });
  }

  /**
   * Removes every version of a model, but not its files yet.
   * @param also what is to be removed with them, or not at all
   * @returns whose files nobody will ask for again
   * @throws AppError model_not_found
   */
  async remove(
    modelId: string,
    also: (transaction: Transaction<Tables>) => Promise<void> = async () => undefined,
  ): Promise<ModelVersion[]> {
    return this.numbering.run(modelId, async () => {
      const versions = await this.versionsOrThrow(modelId);
      await this.database.run(async (transaction) => {
        await transaction.deleteFrom('model_versions').where('model_id', '=', modelId).execute();
        await transaction.deleteFrom('models').where('model_id', '=', modelId).execute();
        await also(transaction);
      });
      return versions;
    });
  }

  /** Removes the files of versions that were removed. */
  async removeFiles(versions: readonly Pick<ModelVersion, 'artifact'>[]): Promise<void> {
    for (const { artifact } of versions) await rm(join(this.artifacts, artifact), { recursive: true, force: true });
  }

  /** The uploaded file, or the graph that is deployed. */
  pathOf(version: Pick<ModelVersion, 'artifact'>, file: 'original' | 'onnx'): string {
    return join(this.artifacts, version.artifact, ARTIFACT_FILES[file]);
  }

  /** Where the text stage of a version is, or its graph parted at its trees; null for a model that has none. */
  optionalPathOf({ artifact }: Pick<ModelVersion, 'artifact'>, file: 'text' | 'trees'): string | null {
    const path = join(this.artifacts, artifact, ARTIFACT_FILES[file]);
    return existsSync(path) ? path : null;
  }

  /** The graph of a version for the HTTP thread; null for a model that has none. */
  async inlineGraphOf({ artifact }: Pick<ModelVersion, 'artifact'>): Promise<Uint8Array | null> {
    try {
      return await readFile(join(this.artifacts, artifact, ARTIFACT_FILES.inline));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  private async insert(draft: ModelDraft, artifact: string): Promise<ModelVersion> {
    const createdAt = new Date();
    const { modelId } = draft;
    const version = await this.database.run(async (transaction) => {
      const next = (await this.newestNumber(modelId, transaction)) + 1;
      await transaction
        .insertInto('models')
        .values({ model_id: modelId, description: draft.description, created_at: createdAt.getTime() })
        .onConflict((conflict) => conflict.column('model_id').doNothing())
        .execute();
      await transaction
        .insertInto('model_versions')
        .values(toRow({ ...draft, artifact, createdAt, version: next }))
        .execute();
      return next;
    });
    return { ...draft, artifact, createdAt, version };
  }
}

function toRow(version: ModelVersion): ModelVersionRow {
  return {
    model_id: version.modelId,
    version: version.version,
    sha256: version.sha256,
    size_bytes: version.sizeBytes,
    format: version.format,
    framework: version.framework,
    framework_version: version.frameworkVersion,
    signature: JSON.stringify(version.signature),
    warnings: JSON.stringify(version.warnings),
    parity: version.parity && JSON.stringify(version.parity),
    input_schema: version.inputSchema && JSON.stringify(version.inputSchema),
    labels: null,
    artifact: version.artifact,
    memory_bytes: version.memoryBytes,
    description: version.description,
    created_at: version.createdAt.getTime(),
  };
}

function fromRow(row: ModelVersionRow): ModelVersion {
  return {
    modelId: row.model_id,
    version: row.version,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    format: row.format as ModelVersion['format'],
    framework: row.framework ?? 'unknown',
    frameworkVersion: row.framework_version,
    signature: JSON.parse(row.signature) as ModelVersion['signature'],
    warnings: JSON.parse(row.warnings) as string[],
    parity: row.parity === null ? null : (JSON.parse(row.parity) as ModelVersion['parity']),
    inputSchema: row.input_schema === null ? null : (JSON.parse(row.input_schema) as Record<string, unknown>),
    artifact: row.artifact,
    memoryBytes: row.memory_bytes,
    description: row.description,
    createdAt: new Date(row.created_at),
  };
}
