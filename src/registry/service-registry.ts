import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { randomUUID } from 'node:crypto';
import { AppConfig } from '../common/config';
import { Database } from '../common/database/database';
import type { ServiceRow } from '../common/database/tables';
import { AppError } from '../common/errors';
import { KeyedLock } from '../common/keyed-lock';
import {
  MAX_OUTSIDE,
  type OwnService,
  type ServiceFilter,
  type ServiceRecord,
  ServiceRecords,
  type ServiceStatus,
} from './service-record';

/** What an outside service says when it registers. */
export type Registration = Omit<ServiceRecord, 'serviceId' | 'registeredAt' | 'lastHeartbeat'> & {
  serviceId?: string;
  serviceUrl: string;
  port: number;
};

const MAX_METADATA_CHARACTERS = 16_000;
const LONGEST_SWEEP_MS = 10_000;
const SHORTEST_SWEEP_MS = 200;

/**
 * The services that run, own and outside. Outside ones are kept in the database with their last heartbeat, so that a
 * restart knows them; heartbeats are written by and by, and may be lost for one interval when the process is killed.
 */
@Injectable()
export class ServiceRegistry implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(ServiceRegistry.name);
  private readonly records: ServiceRecords;
  private readonly changes = new KeyedLock();
  /** Heartbeats that are not in the database yet, by service: the record as it was then. */
  private readonly beaten = new Map<string, ServiceRecord>();
  private readonly sweepMs: number;
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();

  constructor(
    config: AppConfig,
    private readonly database: Database,
  ) {
    this.records = new ServiceRecords(config.registryTtlMs);
    this.sweepMs = Math.min(Math.max(config.registryTtlMs / 3, SHORTEST_SWEEP_MS), LONGEST_SWEEP_MS);
  }

  /** Reads back the outside services and starts to watch for silent ones. */
  async onModuleInit(): Promise<void> {
    const rows = await this.database.db.selectFrom('services').selectAll().orderBy('registered_at').execute();
    for (const row of rows) this.records.putOutside(fromRow(row));
    this.timer = setInterval(() => {
      this.sweeping = this.sweep();
    }, this.sweepMs);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
    await this.sweep();
  }

  /** Registers a deployment of this server, or what has changed of it. */
  registerOwn(service: OwnService): void {
    this.records.putOwn(service, Date.now());
  }

  /** What a deployment's status is now; nothing happens when it is not registered. */
  updateOwn(modelId: string, status: ServiceStatus): void {
    this.records.setOwnStatus(modelId, status);
  }

  removeOwn(modelId: string): void {
    this.records.removeOwn(modelId);
  }

  /**
   * Registers an outside service, in place of one of the same id.
   * @throws AppError service_owned; bad_request where there are too many; storage_busy, and then nothing is registered
   */
  async register({ serviceId = randomUUID(), ...registration }: Registration): Promise<ServiceRecord> {
    return this.changes.run(serviceId, async () => {
      this.assertOutside(serviceId);
      if (JSON.stringify(registration.metadata).length > MAX_METADATA_CHARACTERS) {
        throw new AppError('bad_request', `metadata may have at most ${MAX_METADATA_CHARACTERS} characters of JSON`);
      }
      if (!this.records.hasRoomFor(serviceId)) {
        throw new AppError('bad_request', `The registry takes at most ${MAX_OUTSIDE} outside services, and has them`);
      }
      const now = Date.now();
      const record: ServiceRecord = { ...registration, serviceId, registeredAt: now, lastHeartbeat: now };
      await this.database.db.replaceInto('services').values(toRow(record)).execute();
      this.records.putOutside(record);
      return this.serviceOrThrow(serviceId);
    });
  }

  /** @throws AppError service_not_found */
  heartbeat(serviceId: string, status?: ServiceStatus): ServiceRecord {
    const record = this.records.beat(serviceId, Date.now(), status);
    if (!record) throw notFound(serviceId);
    if (!this.records.isOwn(serviceId)) this.beaten.set(serviceId, record);
    return record;
  }

  /** @throws AppError service_not_found, service_owned */
  async deregister(serviceId: string): Promise<void> {
    await this.changes.run(serviceId, async () => {
      this.serviceOrThrow(serviceId);
      this.assertOutside(serviceId);
      await this.database.db.deleteFrom('services').where('service_id', '=', serviceId).execute();
      this.records.removeOutside(serviceId);
    });
  }

  /** @throws AppError service_not_found */
  serviceOrThrow(serviceId: string): ServiceRecord {
    const record = this.records.get(serviceId, Date.now());
    if (!record) throw notFound(serviceId);
    return record;
  }

  list(filter: ServiceFilter = {}): ServiceRecord[] {
    return this.records.list(filter, Date.now());
  }

  /** A healthy outside service that runs the model in the version asked for, each in its turn; undefined without any. */
  next(modelId: string, version: string | null = null): ServiceRecord | undefined {
    return this.records.next(modelId, Date.now(), version);
  }

  private assertOutside(serviceId: string): void {
    if (!this.records.isOwn(serviceId)) return;
    throw new AppError(
      'service_owned',
      `The service ${serviceId} is a deployment of this server, which looks after it`,
    );
  }

  /** Writes the heartbeats since the last time and forgets who has been silent for too long. */
  private async sweep(): Promise<void> {
    const now = Date.now();
    const gone = this.records.sweep(now);
    const beaten = [...this.beaten.values()];
    this.beaten.clear();
    if (gone.length === 0 && beaten.length === 0) return;
    try {
      await this.database.run(async (transaction) => {
        // One that has registered again in the meantime has a newer row, which must stay.
        for (const { serviceId, lastHeartbeat } of gone) {
          await transaction
            .deleteFrom('services')
            .where('service_id', '=', serviceId)
            .where('last_heartbeat', '<=', lastHeartbeat)
            .execute();
        }
        for (const { serviceId, lastHeartbeat, status } of beaten) {
          await transaction
            .updateTable('services')
            .set({ last_heartbeat: lastHeartbeat, status })
            .where('service_id', '=', serviceId)
            .where('last_heartbeat', '<=', lastHeartbeat)
            .execute();
        }
      });
    } catch (error) {
      for (const record of beaten) if (!this.beaten.has(record.serviceId)) this.beaten.set(record.serviceId, record);
      this.logger.warn(`The registry could not be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function notFound(serviceId: string): AppError {
  return new AppError('service_not_found', `No service has the id ${JSON.stringify(serviceId.slice(0, 200))}`);
}

function fromRow(row: Selectable<ServiceRow>): ServiceRecord {
  return {
    serviceId: row.service_id,
    modelId: row.model_id,
    version: row.version === null ? null : (JSON.parse(row.version) as number | string),
    serviceUrl: row.service_url,
    host: row.host,
    port: row.port,
    status: row.status as ServiceStatus,
    environment: row.environment,
    registeredAt: row.registered_at,
    lastHeartbeat: row.last_heartbeat,
    metadata: JSON.parse(row.metadata) as Record<string, unknown>,
  };
}

function toRow(record: ServiceRecord): ServiceRow {
  return {
    service_id: record.serviceId,
    model_id: record.modelId,
    version: record.version === null ? null : JSON.stringify(record.version),
    service_url: record.serviceUrl ?? '',
    host: record.host,
    port: record.port ?? 0,
    status: record.status,
    environment: record.environment,
    registered_at: record.registeredAt,
    last_heartbeat: record.lastHeartbeat,
    metadata: JSON.stringify(record.metadata),
  };
}
