import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { AppConfig } from '../common/config';
import { Database } from '../common/database/database';
import { connections } from '../common/http/connection-budget';
import { AppLogger } from '../common/logger';
import { reportEventLoopDelay } from './event-loop-delay';
import { EventLog } from './event-log';
import { LogRetention } from './log-retention';
import { LogStore } from './log-store';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { MonitoringController } from './monitoring.controller';

/** The numbers alone, for whoever counts something. */
@Module({ providers: [{ provide: Metrics, useFactory: () => new Metrics() }], exports: [Metrics] })
class MetricsModule {}

/**
 * Metrics, logs and metric reports. Expects `AppConfig`, `Database` and `AppLogger` from a global module, and closes
 * before the database does: what is buffered is written in its shutdown hook.
 */
@Module({
  imports: [
    MetricsModule,
    PrometheusModule.registerAsync({
      imports: [MetricsModule],
      inject: [Metrics],
      controller: MetricsController,
      // Prometheus defaults (CPU, memory, event-loop lag) go into our registry, as a process may hold several applications.
      // promtool warns of three gauges among them, nodejs_active_{handles,requests,resources}_total, for their names alone:
      // they parse, and the dashboards that others have made for Node ask for them.
      useFactory: (metrics: Metrics) => ({ defaultMetrics: { enabled: true, config: { register: metrics.registry } } }),
    }),
  ],
  controllers: [MonitoringController],
  providers: [
    {
      provide: LogStore,
      inject: [Database, AppConfig],
      useFactory: (database: Database, config: AppConfig) =>
        new LogStore(database, {
          maxAgeMs: config.logMaxAgeMs,
          maxRows: config.logMaxRows,
          maxBytes: config.logMaxSizeBytes,
        }),
    },
    {
      provide: EventLog,
      inject: [LogStore, AppLogger, Metrics],
      useFactory: (store: LogStore, logger: AppLogger, metrics: Metrics) => new EventLog(store, logger, metrics),
    },
    {
      provide: LogRetention,
      inject: [LogStore, AppLogger],
      useFactory: (store: LogStore, logger: AppLogger) => new LogRetention(store, logger),
    },
  ],
  exports: [MetricsModule, LogStore, EventLog],
})
export class MonitoringModule implements OnApplicationBootstrap, OnApplicationShutdown {
  private endDelayReport: (() => void) | undefined;

  constructor(
    private readonly metrics: Metrics,
    private readonly events: EventLog,
    private readonly store: LogStore,
    private readonly retention: LogRetention,
  ) {}

  onApplicationBootstrap(): void {
    this.endDelayReport = reportEventLoopDelay(this.metrics.registry);
    this.retention.start();
    connections.tell((refused, bound) => {
      this.events.event('WARNING', `connections are refused: ${bound} are open, as many as may be`, { refused });
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.endDelayReport?.();
    await this.retention.stop();
    await this.events.close();
    await this.store.idle();
  }
}
