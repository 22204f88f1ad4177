import { Module } from '@nestjs/common';
import { RegistryController } from './registry.controller';
import { ServiceForwarder } from './service-forwarder';
import { ServiceRegistry } from './service-registry';

@Module({
  controllers: [RegistryController],
  providers: [ServiceRegistry, ServiceForwarder],
  exports: [ServiceRegistry, ServiceForwarder],
})
export class RegistryModule {}
