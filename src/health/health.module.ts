import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Database } from '../common/database/database';
import { DatabaseProbe } from './database-probe';
import { DEPLOYMENT_HEALTH, type ReadDeploymentHealth } from './deployment-health';
import { HealthController } from './health.controller';

/** Where the states of the deployments come from. */
type DeploymentHealthSource = Pick<ModuleMetadata, 'imports'> &
  Pick<FactoryProvider<ReadDeploymentHealth>, 'inject' | 'useFactory'>;

/** `/health`, `/health/live` and `/health/ready`. Expects `Database` and `Readiness` from a global module. */
@Module({})
export class HealthModule {
  static register({ imports = [], inject = [], useFactory }: DeploymentHealthSource): DynamicModule {
    return {
      module: HealthModule,
      // A failing probe comes every few seconds, and its answer says all; it is not logged as well.
      imports: [TerminusModule.forRoot({ logger: false }), ...imports],
      controllers: [HealthController],
      providers: [
        { provide: DEPLOYMENT_HEALTH, inject, useFactory },
        {
          provide: DatabaseProbe,
          inject: [Database],
          useFactory: (database: Database) => new DatabaseProbe(database),
        },
      ],
    };
  }
}
