import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Database } from '../common/database/database';
import { DeploymentsModule } from '../deployments/deployments.module';
import { DatabaseProbe } from './database-probe';
import { HealthController } from './health.controller';

/** `/health`, `/health/live` and `/health/ready`. Expects `Database` and `Readiness` from a global module. */
@Module({
  // A failing probe comes every few seconds, and its answer says all; it is not logged as well.
  imports: [TerminusModule.forRoot({ logger: false }), DeploymentsModule],
  controllers: [HealthController],
  providers: [
    { provide: DatabaseProbe, inject: [Database], useFactory: (database: Database) => new DatabaseProbe(database) },
  ],
})
export class HealthModule {}
