// eslint-disable-next-line no-restricted-imports -- the one global module: what it holds is made before any other
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AppConfig } from './config';
import { Database } from './database/database';
import { AppLogger } from './logger';
import { Readiness } from './readiness';

/** What every module may need and none may change; made before the application and given to it. */
export interface Core {
  config: AppConfig;
  database: Database;
  logger: AppLogger;
}

/** The only global module: configuration, database, log and the state of the process. */
@Global()
@Module({})
export class CoreModule {
  static of({ config, database, logger }: Core): DynamicModule {
    return {
      module: CoreModule,
      providers: [
        { provide: AppConfig, useValue: config },
        { provide: Database, useValue: database },
        { provide: AppLogger, useValue: logger },
        Readiness,
      ],
      exports: [AppConfig, Database, AppLogger, Readiness],
    };
  }
}
