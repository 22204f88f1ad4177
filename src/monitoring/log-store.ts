import type { Insertable } from 'kysely';
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
}

/** Rows of one statement; between statements the event loop gets its turn. 200 rows take about 2 ms. */
const INSERT_ROWS = 200;
const DELETE_ROWS = 500;
const MAX_GROUP = 5000;

/** Logs and metric reports, in two tables that are bounded by age and by rows. */
export class LogStore {
  private readonly logs: GroupCommit<LogEntry>;
  private readonly reports: GroupCommit<MetricReport>;

  constructor(
    private readonly database: Database,
    private readonly retention: Retention,
    private readonly now: () => number = Date.now,
  ) {
    this.logs = new GroupCommit(
      (entries) =>
        this.insert(
          'logs',
          entries.map((entry) => this.logRow(entry)),
        ),
      MAX_GROUP,
    );
    this.reports = new GroupCommit(
      (reports) =>
        this.insert(
          'metric_reports',
          reports.map((report) => this.reportRow(report)),
        ),
      MAX_GROUP,
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

  /** The newest entries that match, oldest first. */
  async findLogs({ service, level, sinceMs, limit }: LogQuery): Promise<LogEntry[]> {
    let query = this.database.db.selectFrom('logs').selectAll();
    if (service !== undefined) query = query.where('service', '=', service);
    if (level !== undefined) query = query.where('level', '=', level);
    if (sinceMs !== undefined) query = query.where('timestamp', '>=', sinceMs);
    const rows = await query.orderBy('timestamp', 'desc').orderBy('id', 'desc').limit(limit).execute();
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
    return (await this.pruneTable('logs')) + (await this.pruneTable('metric_reports'));
  }

  /** Resolves when everything added so far is committed or refused. */
  async idle(): Promise<void> {
    await Promise.all([this.logs.idle(), this.reports.idle()]);
  }

  private async insert<T extends 'logs' | 'metric_reports'>(
    table: T,
    rows: (Insertable<LogRow> | Insertable<MetricReportRow>)[],
  ): Promise<void> {
    await this.database.run(async (transaction) => {
      for (let start = 0; start < rows.length; start += INSERT_ROWS) {
        if (start > 0) await nextTurn();
        await transaction
          .insertInto(table as 'logs')
          .values(rows.slice(start, start + INSERT_ROWS) as Insertable<LogRow>[])
          .execute();
      }
    });
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

  private async pruneTable(table: 'logs' | 'metric_reports'): Promise<number> {
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
}
