import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { Database } from '../common/database/database';
import type { DeploymentRow, Tables } from '../common/database/tables';
import type { PreprocessorDocument } from '../preprocessing/preprocessor-spec';
import type { DeploymentSpec } from './deployment-spec';

/** A remembered deployment: what was asked for, and whether it should run. */
export interface DesiredDeployment {
  spec: DeploymentSpec;
  state: DeploymentRow['state'];
  createdAt: Date;
  deployedAt: Date;
}

/** What should run, kept in the database, so that the same deployments come back after any end of the process. */
@Injectable()
export class DesiredState {
  constructor(private readonly database: Database) {}

  /** All that was deployed and not deleted, the oldest first. */
  async list(): Promise<DesiredDeployment[]> {
    const rows = await this.database.db.selectFrom('deployments').selectAll().orderBy('created_at').execute();
    return rows.map(fromRow);
  }

  async find(modelId: string): Promise<DesiredDeployment | undefined> {
    const row = await this.database.db
      .selectFrom('deployments')
      .selectAll()
      .where('model_id', '=', modelId)
      .executeTakeFirst();
    return row && fromRow(row);
  }

  async save(desired: DesiredDeployment): Promise<void> {
    const row = toRow(desired);
    await this.database.db
      .insertInto('deployments')
      .values(row)
      .onConflict((conflict) => conflict.column('model_id').doUpdateSet(row))
      .execute();
  }

  /** The spec stays: the next deployment of the model takes up what its request does not name. */
  async markStopped(modelId: string): Promise<void> {
    await this.database.db
      .updateTable('deployments')
      .set({ state: 'stopped' })
      .where('model_id', '=', modelId)
      .execute();
  }

  /** Forgets a deployment, together with the model that the transaction removes. */
  async remove(modelId: string, transaction: Transaction<Tables>): Promise<void> {
    await transaction.deleteFrom('deployments').where('model_id', '=', modelId).execute();
  }
}

function toRow({ spec, state, createdAt, deployedAt }: DesiredDeployment): DeploymentRow {
  return {
    model_id: spec.modelId,
    version: spec.version,
    port: spec.port,
    listener: Number(spec.listener),
    environment: spec.environment,
    resources: JSON.stringify(spec.resources),
    batching: JSON.stringify(spec.batching),
    preprocessor: spec.preprocessor,
    preprocessor_document: spec.preprocessorDocument && JSON.stringify(spec.preprocessorDocument),
    warmup: spec.warmup && JSON.stringify(spec.warmup),
    state,
    created_at: createdAt.getTime(),
    deployed_at: deployedAt.getTime(),
  };
}

function fromRow(row: DeploymentRow): DesiredDeployment {
  return {
    spec: {
      modelId: row.model_id,
      version: row.version,
      environment: row.environment as DeploymentSpec['environment'],
      resources: JSON.parse(row.resources) as DeploymentSpec['resources'],
      port: row.port,
      listener: row.listener === 1,
      preprocessor: row.preprocessor,
      preprocessorDocument: documentOf(row),
      batching: JSON.parse(row.batching) as DeploymentSpec['batching'],
      warmup: row.warmup === null ? null : (JSON.parse(row.warmup) as unknown[]),
    },
    state: row.state,
    createdAt: new Date(row.created_at),
    deployedAt: new Date(row.deployed_at),
  };
}

function documentOf({ preprocessor_document: text }: DeploymentRow): PreprocessorDocument | null {
  return text === null ? null : (JSON.parse(text) as PreprocessorDocument);
}
