import { type Insertable, sql } from 'kysely';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../common/database/database';
import type { LogRow, MetricReportRow } from '../common/database/tables';
import { GroupCommit } from './group-commit';

export const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof LEVELS)[number];

export interface LogEntry {
  service: string;
  level: LogLevel;
  message: string;
  timestampMs: number;
  attributes?: Record<string, unknown>;
}

export interface MetricReport {
  service: string;
  metric: string;
  value: number;
  timestampMs: number;
}

export interface LogQuery {
  service?: string;
  level?: LogLevel;
  sinceMs?: number;
  limit: number;
}

export interface Retention {
  /** By the time of arrival, as a client may send logs of last year today. */
  maxAgeMs: number;
  /** For each table. */
  maxRows: number;
  /** Of the database file that is in use; beyond it the oldest of both tables goes. */
  maxBytes: number;
}

type Table = 'logs' | 'metric_reports';

/** Rows of one statement; between statements the event loop gets its turn. 200 rows take about 2 ms. */
const INSERT_ROWS = 200;
const INSERT_BYTES = 1_000_000;
const DELETE_ROWS = 500;
const DELETE_BYTES = 4_000_000;
const GROUP = { items: 5000, bytes: 8_000_000 };
/** What may be stored before the bound of bytes is looked after, between the times at which all of them are. */
const UNCHECKED_BYTES = 32_000_000;
/** Of the entries of one answer. */
const ANSWER_BYTES = 16_000_000;
/** What a row takes besides its texts, with its places in the indexes. */
const ROW_BYTES = 200;

/** Logs and metric reports, in two tables that are bounded by age, by rows and by bytes. */
export class LogStore {
  private readonly logs: GroupCommit<LogEntry>;
  private readonly reports: GroupCommit<MetricReport>;
  private uncheckedBytes = 0;

  constructor(
    private readonly database: Database,
    private readonly retention: Retention,
    private readonly now: () => number = Date.now,
  ) {
    this.logs = new GroupCommit((entries) => this.insert('logs', entries, bytesOfEntry, (one) => this.logRow(one)), {
      ...GROUP,
      bytesOf: bytesOfEntry,
    });
    this.reports = new GroupCommit(
      (reports) => this.insert('metric_reports', reports, bytesOfReport, (one) => this.reportRow(one)),
      { ...GROUP, bytesOf: bytesOfReport },
    );
  }

  /** Resolves once the entries are committed. @throws AppError storage_busy, insufficient_storage */
  async addLogs(entries: LogEntry[]): Promise<void> {
    await this.logs.add(entries);
  }

  /** Resolves once the reports are committed. @throws AppError storage_busy, insufficient_storage */
  async addMetricReports(reports: MetricReport[]): Promise<void> {
    await this.reports.add(reports);
  }

  /** The newest entries that match, oldest first; where they are more than 16 MB together, the newest of them. */
  async findLogs({ service, level, sinceMs, limit }: LogQuery): Promise<LogEntry[]> {
    let query = this.database.db.selectFrom('logs').orderBy('timestamp', 'desc').orderBy('id', 'desc');
    if (service !== undefined) query = query.where('service', '=', service);
    if (level !== undefined) query = query.where('level', '=', level);
    if (sinceMs !== undefined) query = query.where('timestamp', '>=', sinceMs);
    const sizes = await query.select(LOG_BYTES).limit(limit).execute();
    const rows = await query.selectAll().limit(countWithin(sizes, ANSWER_BYTES)).execute();
    return rows.reverse().map((row) => ({
      service: row.service,
      level: row.level as LogLevel,
      message: row.message,
      timestampMs: row.timestamp,
      ...(row.attributes !== null && { attributes: JSON.parse(row.attributes) as Record<string, unknown> }),
    }));
  }

  /** The newest reports, oldest first. */
  async findMetricReports(service: string | undefined, limit: number): Promise<MetricReport[]> {
    let query = this.database.db.selectFrom('metric_reports').selectAll();
    if (service !== undefined) query = query.where('service', '=', service);
    const rows = await query.orderBy('timestamp', 'desc').orderBy('id', 'desc').limit(limit).execute();
    return rows.reverse().map((row) => ({
      service: row.service,
      metric: row.metric,
      value: row.value,
      timestampMs: row.timestamp,
    }));
  }

  /** Deletes what is too old or too much, in small pieces that other work comes between. Answers how many rows went. */
  async prune(): Promise<number> {
    return (await this.pruneTable('logs')) + (await this.pruneTable('metric_reports')) + (await this.pruneBytes());
  }

  /** Resolves when everything added so far is committed or refused. */
  async idle(): Promise<void> {
    await Promise.all([this.logs.idle(), this.reports.idle()]);
  }

  private async insert<T>(table: Table, items: T[], bytesOf: (item: T) => number, toRow: ToRow<T>): Promise<void> {
    const sizes = items.map((item) => ({ bytes: bytesOf(item) }));
    await this.database.run(async (transaction) => {
      for (let start = 0; start < items.length;) {
        if (start > 0) await nextTurn();
        const rows = countWithin(sizes.slice(start, start + INSERT_ROWS), INSERT_BYTES);
        await transaction
          .insertInto(table as 'logs')
          .values(items.slice(start, start + rows).map(toRow) as Insertable<LogRow>[])
          .execute();
        start += rows;
      }
    });
    this.uncheckedBytes += sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    // Whoever writes faster than is looked after waits for it.
    if (this.uncheckedBytes > Math.min(UNCHECKED_BYTES, this.retention.maxBytes / 10)) await this.pruneBytes();
  }

  private logRow({ service, level, message, timestampMs, attributes }: LogEntry): Insertable<LogRow> {
    return {
      service,
      level,
      message,
      timestamp: timestampMs,
      received_at: this.now(),
      attributes: attributes ? JSON.stringify(attributes) : null,
    };
  }

  private reportRow({ service, metric, value, timestampMs }: MetricReport): Insertable<MetricReportRow> {
    return { service, metric, value, timestamp: timestampMs, received_at: this.now() };
  }

  private async pruneTable(table: Table): Promise<number> {
    const { db } = this.database;
    const oldest = this.now() - this.retention.maxAgeMs;
    const counted = await db
      .selectFrom(table)
      .select((select) => select.fn.countAll<number>().as('rows'))
      .executeTakeFirstOrThrow();
    let excess = counted.rows - this.retention.maxRows;
    let deleted = 0;
    for (;;) {
      // Ids grow with arrival, so what must go is always a first piece of the table.
      const first = await db.selectFrom(table).select(['id', 'received_at']).orderBy('id').limit(DELETE_ROWS).execute();
      const last = first.findLast((row, i) => i < excess || row.received_at < oldest);
      if (!last) return deleted;
      const result = await db.deleteFrom(table).where('id', '<=', last.id).executeTakeFirst();
      deleted += Number(result.numDeletedRows);
      excess -= Number(result.numDeletedRows);
      await nextTurn();
    }
  }

  private async pruneBytes(): Promise<number> {
    this.uncheckedBytes = 0;
    let deleted = 0;
    for (;;) {
      const excess = (await this.usedBytes()) - this.retention.maxBytes;
      if (excess <= 0) return deleted;
      const table = await this.tableOfOldest();
      if (table === null) return deleted;
      const first = await this.database.db
        .selectFrom(table as 'logs')
        .select(table === 'logs' ? ['id', LOG_BYTES] : ['id', sql<number>`0`.as('bytes')])
        .orderBy('id')
        .limit(DELETE_ROWS)
        .execute();
      const { id } = first[countWithin(first, Math.min(excess, DELETE_BYTES)) - 1]!;
      const result = await this.database.db.deleteFrom(table).where('id', '<=', id).executeTakeFirst();
      deleted += Number(result.numDeletedRows);
      await nextTurn();
    }
  }

  /** What was deleted leaves pages in the file that later rows take. */
  private async usedBytes(): Promise<number> {
    const found = await sql<{ bytes: number }>`
      SELECT (page_count - freelist_count) * page_size AS bytes
      FROM pragma_page_count, pragma_freelist_count, pragma_page_size`.execute(this.database.db);
    return found.rows[0]!.bytes;
  }

  private async tableOfOldest(): Promise<Table | null> {
    const { db } = this.database;
    const oldest = (table: Table) =>
      db.selectFrom(table).select('received_at').orderBy('id').limit(1).executeTakeFirst();
    const [log, report] = [await oldest('logs'), await oldest('metric_reports')];
    if (log && (!report || log.received_at <= report.received_at)) return 'logs';
    return report ? 'metric_reports' : null;
  }
}

type ToRow<T> = (item: T) => Insertable<LogRow> | Insertable<MetricReportRow>;

const LOG_BYTES = sql<number>`octet_length(message) + ifnull(octet_length(attributes), 0)`.as('bytes');

function bytesOfEntry({ message, service }: LogEntry): number {
  return ROW_BYTES + Buffer.byteLength(message) + service.length;
}

function bytesOfReport({ service, metric }: MetricReport): number {
  return ROW_BYTES + service.length + metric.length;
}

/** How many of them, from the first on, are within so many bytes; the first is in any case. */
function countWithin(sizes: readonly { bytes: number }[], maxBytes: number): number {
  let sum = 0;
  const beyond = sizes.findIndex(({ bytes }, i) => (sum += bytes) > maxBytes && i > 0);
  return beyond < 0 ? sizes.length : beyond;
}
