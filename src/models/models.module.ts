import { Module } from '@nestjs/common';
import { MonitoringModule } from '../monitoring/monitoring.module';
import { ImportHost } from './import-host';
import { Importer } from './importer';
import { ModelStore } from './model-store';
import { ModelsController } from './models.controller';
import { TrialHost } from './trial-host';
import { Uploads } from './uploads';
import { UploadsController } from './uploads.controller';

@Module({
  imports: [MonitoringModule],
  controllers: [ModelsController, UploadsController],
  providers: [ModelStore, ImportHost, TrialHost, Importer, Uploads],
  exports: [ModelStore, Importer],
})
export class ModelsModule {}
