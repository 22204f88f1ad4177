import { type DynamicModule, Module } from '@nestjs/common';
import { ExampleModels } from './app/example-models';
import { CoreModule, type Core } from './common/core.module';
import { DeploymentsModule } from './deployments/deployments.module';
import { HealthModule } from './health/health.module';
import { ModelsModule } from './models/models.module';

/** The whole application. Deployments come first, so that `/models/status` is matched before `/models/:id`. */
@Module({})
export class AppModule {
  static of(core: Core): DynamicModule {
    return {
      module: AppModule,
      imports: [CoreModule.of(core), DeploymentsModule, ModelsModule, HealthModule],
      providers: [ExampleModels],
    };
  }
}
