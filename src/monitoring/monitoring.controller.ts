import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { ApiProblems } from '../common/api-problems';
import { EventLog } from './event-log';
import { LogStore } from './log-store';
import { LogDto, LogsQueryDto, MetricReportDto, MetricsQueryDto } from './monitoring.dto';
import { oneOrMany } from './one-or-many';
import { parseTimestamp } from './timestamp';

const oneOrManyOf = (type: typeof LogDto | typeof MetricReportDto) => ({
  oneOf: [{ $ref: getSchemaPath(type) }, { type: 'array', items: { $ref: getSchemaPath(type) } }],
});

const LOG_EXAMPLE = { service: 'billing', level: 'INFO', message: 'invoice sent', timestamp: '2026-01-15T10:30:00Z' };
const REPORT_EXAMPLE = { service: 'billing', metric_name: 'accuracy', value: 0.97, timestamp: '2026-01-15T10:30:00Z' };

interface ShownLog {
  service: string;
  level: string;
  message: string;
  timestamp: string;
  attributes?: Record<string, unknown>;
}

interface ShownReport {
  metric: string;
  value: number;
  timestamp: string;
}

/** Logs and metric reports that services send, and the server's own events among them. */
@ApiTags('monitoring')
@ApiExtraModels(LogDto, MetricReportDto)
@Controller()
export class MonitoringController {
  constructor(
    private readonly store: LogStore,
    private readonly events: EventLog,
  ) {}

  @Post('logs')
  @HttpCode(200)
  @ApiOperation({ summary: 'Store log entries', description: 'Answered when they are committed to the database.' })
  @ApiBody({
    schema: oneOrManyOf(LogDto),
    examples: { one: { value: LOG_EXAMPLE }, several: { value: [LOG_EXAMPLE, { ...LOG_EXAMPLE, level: 'ERROR' }] } },
  })
  @ApiOkResponse({ description: 'All are stored.', schema: { example: { status: 'logged' } } })
  @ApiProblems('bad_request', 'malformed_json', 'storage_busy', 'insufficient_storage')
  async addLogs(@Body() body: unknown): Promise<{ status: 'logged' }> {
    const now = Date.now();
    const entries = await oneOrMany(LogDto, body);
    await this.store.addLogs(
      entries.map(({ service, level, message, timestamp }) => ({
        service,
        level,
        message,
        timestampMs: toMs(timestamp) ?? now,
      })),
    );
    return { status: 'logged' };
  }

  @Post('metrics')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Store values of metrics of your own',
    description: 'Answered when they are committed to the database. The server counts its own in `GET /metrics`.',
  })
  @ApiBody({
    schema: oneOrManyOf(MetricReportDto),
    examples: { one: { value: REPORT_EXAMPLE }, several: { value: [REPORT_EXAMPLE, { ...REPORT_EXAMPLE, value: 1 }] } },
  })
  @ApiOkResponse({ description: 'All are stored.', schema: { example: { status: 'recorded' } } })
  @ApiProblems('bad_request', 'malformed_json', 'storage_busy', 'insufficient_storage')
  async addMetrics(@Body() body: unknown): Promise<{ status: 'recorded' }> {
    const now = Date.now();
    const reports = await oneOrMany(MetricReportDto, body);
    await this.store.addMetricReports(
      reports.map(({ service, metric_name, value, timestamp }) => ({
        service,
        metric: metric_name,
        value,
        timestampMs: toMs(timestamp) ?? now,
      })),
    );
    return { status: 'recorded' };
  }

  @Get('reports/logs')
  @ApiOperation({ summary: 'The newest log entries, oldest first' })
  @ApiOkResponse({ description: 'Entries.', schema: { example: [LOG_EXAMPLE] } })
  @ApiProblems('bad_request')
  async logs(@Query() { service, level, since, limit }: LogsQueryDto): Promise<ShownLog[]> {
    // Who asks right after something has happened finds it.
    await this.events.flush();
    const sinceMs = toMs(since);
    const entries = await this.store.findLogs({
      limit,
      ...(service !== undefined && { service }),
      ...(level !== undefined && { level }),
      ...(sinceMs !== undefined && { sinceMs }),
    });
    return entries.map(({ timestampMs, service, level, message, attributes }) => ({
      service,
      level,
      message,
      timestamp: new Date(timestampMs).toISOString(),
      ...(attributes && { attributes }),
    }));
  }

  @Get('reports/metrics')
  @ApiOperation({ summary: 'The newest metric reports by service, oldest first' })
  @ApiOkResponse({
    description: 'Reports by service.',
    schema: { example: { billing: [{ metric: 'accuracy', value: 0.97, timestamp: '2026-01-15T10:30:00.000Z' }] } },
  })
  @ApiProblems('bad_request')
  async metricReports(@Query() { service, limit }: MetricsQueryDto): Promise<Record<string, ShownReport[]>> {
    const byService = new Map<string, ShownReport[]>();
    for (const { service: name, metric, value, timestampMs } of await this.store.findMetricReports(service, limit)) {
      const reports = byService.get(name) ?? [];
      if (reports.length === 0) byService.set(name, reports);
      reports.push({ metric, value, timestamp: new Date(timestampMs).toISOString() });
    }
    // A service may be called __proto__, which an assignment to a plain object would lose.
    return Object.fromEntries(byService);
  }
}

function toMs(timestamp: string | null | undefined): number | undefined {
  return timestamp === null || timestamp === undefined ? undefined : parseTimestamp(timestamp);
}
