import { Module } from '@nestjs/common';
import { AppConfig } from '../common/config';
import { AppError } from '../common/errors';
import { AppLogger } from '../common/logger';
import { Readiness } from '../common/readiness';
import { isOctets } from '../inference/body/body-form';
import { EndpointTable } from '../inference/endpoint-table';
import { InferHandler } from '../inference/infer-handler';
import { ModelsModule } from '../models/models.module';
import { Metrics } from '../monitoring/metrics';
import { MonitoringModule } from '../monitoring/monitoring.module';
import { PreprocessingModule } from '../preprocessing/preprocessing.module';
import { PreprocessorUse } from '../preprocessing/preprocessor-use';
import { RegistryModule } from '../registry/registry.module';
import { ServiceForwarder } from '../registry/service-forwarder';
import { DeploymentsController } from './deployments.controller';
import { DeploymentsService } from './deployments.service';
import { DesiredState } from './desired-state';
import { EndpointFactory } from './endpoint-factory';
import { MemoryWatch } from './memory-watch';

@Module({
  imports: [ModelsModule, MonitoringModule, PreprocessingModule, RegistryModule],
  controllers: [DeploymentsController],
  providers: [
    EndpointTable,
    {
      provide: InferHandler,
      inject: [EndpointTable, AppConfig, Metrics, AppLogger, ServiceForwarder, Readiness],
      useFactory: (
        table: EndpointTable,
        config: AppConfig,
        metrics: Metrics,
        logger: AppLogger,
        forwarder: ServiceForwarder,
        readiness: Readiness,
      ) =>
        new InferHandler({
          table,
          bounds: { maxBytes: config.maxJsonBytes, timeoutMs: config.bodyTimeoutMs },
          metrics,
          log: (error, requestId) => {
            const members = { code: error.code, status: error.status, reason: error.reason, request_id: requestId };
            logger.write(error.status >= 500 ? 'warn' : 'debug', `prediction refused: ${error.message}`, members);
          },
          forward: async (modelId, body, req) => {
            // Outside services are asked in JSON.
            const raw = isOctets(req.headers['content-type'] ?? '');
            const answer = raw ? undefined : await forwarder.forward(modelId, body, req);
            if (answer || readiness.state !== 'starting') return answer;
            // It may be one of those that are being brought back.
            throw new AppError('not_ready', 'the server is starting; its deployments are being brought back');
          },
        }),
    },
    EndpointFactory,
    DesiredState,
    DeploymentsService,
    MemoryWatch,
  ],
  exports: [EndpointTable, InferHandler, DeploymentsService],
})
export class DeploymentsModule {
  constructor(use: PreprocessorUse, deployments: DeploymentsService) {
    use.ask((name) => deployments.usersOfPreprocessor(name));
  }
}
