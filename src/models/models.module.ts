import { Module } from '@nestjs/common';
import { MonitoringModule } from '../monitoring/monitoring.module';
import { ImportHost } from './import-host';
import { Importer } from './importer';
import { ModelStore } from './model-store';
import { ModelsController } from './models.controller';

@Module({
  imports: [MonitoringModule],
  controllers: [ModelsController],
  providers: [ModelStore, ImportHost, Importer],
  exports: [ModelStore, Importer],
})
export class ModelsModule {}
