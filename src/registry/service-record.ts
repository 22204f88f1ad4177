export const SERVICE_STATUSES = ['healthy', 'unhealthy', 'starting', 'draining'] as const;
export type ServiceStatus = (typeof SERVICE_STATUSES)[number];

/** A running service as the registry knows it. Times are milliseconds since 1970 in UTC. */
export interface ServiceRecord {
  serviceId: string;
  modelId: string;
  version: number | string | null;
  /** Base address, without a slash at its end; null for an own deployment without a listener. */
  serviceUrl: string | null;
  host: string;
  port: number | null;
  /** What the service says of itself; an outside one that is silent is shown as `unhealthy` whatever it said. */
  status: ServiceStatus;
  environment: string;
  registeredAt: number;
  lastHeartbeat: number;
  metadata: Record<string, unknown>;
}

/** What an own deployment tells of itself. */
export interface OwnService {
  modelId: string;
  version: number | string;
  serviceUrl: string | null;
  host: string;
  port: number | null;
  environment: string;
  /** Default `healthy`. */
  status?: ServiceStatus;
}

export interface ServiceFilter {
  modelId?: string;
  status?: ServiceStatus;
  environment?: string;
}

/** Silent for so many times the time to live, an outside service is removed. */
const REMOVED_AFTER_TTLS = 3;
/** All are in memory, looked through for a model that does not run here, and told in one answer. */
export const MAX_OUTSIDE = 2000;
const OWN_PREFIX = 'own:';

/**
 * The services that run, own and outside: pure state, told the time by its caller (`now`, milliseconds).
 * An outside service lives by its heartbeats: silent for longer than the time to live it is `unhealthy`, after three
 * times that it is gone. Own services live until they are removed; they come first wherever an id is said twice.
 */
export class ServiceRecords {
  private readonly own = new Map<string, ServiceRecord>();
  private readonly outside = new Map<string, ServiceRecord>();
  /** When each outside record had its last turn; it goes with the record. */
  private readonly turns = new WeakMap<ServiceRecord, number>();
  private lastTurn = 0;

  constructor(private readonly ttlMs: number) {}

  /** Registers an own deployment, in place of an older record of the same model and of an outside one of its id. */
  putOwn(service: OwnService, now: number): ServiceRecord {
    const serviceId = ownServiceId(service.modelId);
    const registeredAt = this.own.get(serviceId)?.registeredAt ?? now;
    const record = {
      status: 'healthy' as const,
      ...service,
      serviceId,
      registeredAt,
      lastHeartbeat: now,
      metadata: {},
    };
    this.own.set(serviceId, record);
    this.outside.delete(serviceId);
    return record;
  }

  setOwnStatus(modelId: string, status: ServiceStatus): void {
    const record = this.own.get(ownServiceId(modelId));
    if (record) record.status = status;
  }

  removeOwn(modelId: string): void {
    this.own.delete(ownServiceId(modelId));
  }

  isOwn(serviceId: string): boolean {
    return this.own.has(serviceId);
  }

  putOutside(record: ServiceRecord): void {
    if (!this.isOwn(record.serviceId)) this.outside.set(record.serviceId, record);
  }

  /** Whether an outside service of this id may be put in: it is known, or there is room. */
  hasRoomFor(serviceId: string): boolean {
    return this.outside.size < MAX_OUTSIDE || this.outside.has(serviceId);
  }

  /** Whether there was such an outside service. */
  removeOutside(serviceId: string): boolean {
    return this.outside.delete(serviceId);
  }

  /** Notes a sign of life, and what the service says of itself, if anything. The record, unless it is unknown or gone. */
  beat(serviceId: string, now: number, status?: ServiceStatus): ServiceRecord | undefined {
    const record = this.own.get(serviceId) ?? this.outside.get(serviceId);
    if (!record || this.isGone(record, now)) return undefined;
    record.lastHeartbeat = now;
    if (status && !this.isOwn(serviceId)) record.status = status;
    return this.view(record, now);
  }

  get(serviceId: string, now: number): ServiceRecord | undefined {
    const record = this.own.get(serviceId) ?? this.outside.get(serviceId);
    return record && !this.isGone(record, now) ? this.view(record, now) : undefined;
  }

  /** Own services first, each kind in the order of registration. */
  list(filter: ServiceFilter, now: number): ServiceRecord[] {
    return [...this.own.values(), ...this.outside.values()]
      .filter(
        (record) =>
          (filter.modelId === undefined || record.modelId === filter.modelId) &&
          (filter.environment === undefined || record.environment === filter.environment) &&
          !this.isGone(record, now),
      )
      .map((record) => this.view(record, now))
      .filter((record) => filter.status === undefined || record.status === filter.status);
  }

  /**
   * A healthy outside service of the model: the one that has waited longest for its turn.
   * @param version none that says it runs another one than this
   */
  next(modelId: string, now: number, version: string | null = null): ServiceRecord | undefined {
    let next: ServiceRecord | undefined;
    for (const record of this.outside.values()) {
      if (record.modelId !== modelId || this.isGone(record, now)) continue;
      if (this.view(record, now).status !== 'healthy' || !mayBeVersion(record, version)) continue;
      if (!next || this.turnOf(record) < this.turnOf(next)) next = record;
    }
    if (!next) return undefined;
    this.turns.set(next, ++this.lastTurn);
    return this.view(next, now);
  }

  /** Forgets the outside services that have been silent for too long. */
  sweep(now: number): ServiceRecord[] {
    const gone = [...this.outside.values()].filter((record) => this.isGone(record, now));
    for (const record of gone) this.outside.delete(record.serviceId);
    return gone;
  }

  private turnOf(record: ServiceRecord): number {
    return this.turns.get(record) ?? 0;
  }

  private isGone(record: ServiceRecord, now: number): boolean {
    return !this.isOwn(record.serviceId) && now - record.lastHeartbeat > REMOVED_AFTER_TTLS * this.ttlMs;
  }

  /** A copy as it is to be shown now. An own service is alive for as long as the process that answers is. */
  private view(record: ServiceRecord, now: number): ServiceRecord {
    if (this.isOwn(record.serviceId)) return { ...record, lastHeartbeat: now };
    return now - record.lastHeartbeat > this.ttlMs ? { ...record, status: 'unhealthy' } : { ...record };
  }
}

/** A service need not say its version; "1.0" is 1, as in the answers to flat records. */
function mayBeVersion({ version }: ServiceRecord, asked: string | null): boolean {
  const short = (text: string): string => text.replace(/\.0$/, '');
  return asked === null || version === null || short(String(version)) === short(asked);
}

/** Id of a deployment of this server; the same after a restart. */
export function ownServiceId(modelId: string): string {
  return OWN_PREFIX + modelId;
}
