import { Module } from '@nestjs/common';
import { PreprocessingController } from './preprocessing.controller';
import { PreprocessingService } from './preprocessing.service';
import { PreprocessorStore } from './preprocessor-store';
import { PreprocessorUse } from './preprocessor-use';

@Module({
  controllers: [PreprocessingController],
  providers: [PreprocessingService, PreprocessorStore, PreprocessorUse],
  exports: [PreprocessorStore, PreprocessorUse],
})
export class PreprocessingModule {}
