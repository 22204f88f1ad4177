import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/api-problems';
import { ControlBodyPipe } from '../common/nest/control-body.pipe';
import { readServiceAddress } from './service-address';
import type { ServiceRecord } from './service-record';
import { ServiceRegistry } from './service-registry';
import { HeartbeatDto, RegisterServiceDto, ServiceQueryDto } from './service.dto';

const SERVICE_EXAMPLE = {
  service_id: 'churn-py-1',
  model_id: 'churn',
  version: 7,
  service_url: 'http://10.0.0.7:9000',
  host: '10.0.0.7',
  port: 9000,
  status: 'healthy',
  environment: 'production',
  registered_at: '2026-01-01T12:00:00.000Z',
  last_heartbeat: '2026-01-01T12:00:20.000Z',
  metadata: { language: 'python' },
};

const ID_PARAMETER = { name: 'id', example: 'churn-py-1' };

@ApiTags('registry')
@Controller('registry')
export class RegistryController {
  private readonly heartbeatPipe = new ControlBodyPipe();

  constructor(private readonly registry: ServiceRegistry) {}

  @Get('services')
  @ApiOperation({ summary: 'List the services that run, own deployments first' })
  @ApiOkResponse({
    description: 'The services that match.',
    schema: { example: { services: [SERVICE_EXAMPLE], total: 1 } },
  })
  @ApiProblems('bad_request')
  list(@Query() query: ServiceQueryDto): Record<string, unknown> {
    const services = this.registry
      .list({
        ...(query.model_id !== undefined && { modelId: query.model_id }),
        ...(query.status !== undefined && { status: query.status }),
        ...(query.environment !== undefined && { environment: query.environment }),
      })
      .map(describe);
    return { services, total: services.length };
  }

  @Get('services/:id')
  @ApiOperation({ summary: 'One service' })
  @ApiParam(ID_PARAMETER)
  @ApiOkResponse({ description: 'The service.', schema: { example: SERVICE_EXAMPLE } })
  @ApiProblems('service_not_found')
  findOne(@Param('id') id: string): Record<string, unknown> {
    return describe(this.registry.serviceOrThrow(id));
  }

  @Post('services')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Register an outside service',
    description:
      'It must then send heartbeats: silent for `REGISTRY_TTL` it is shown as `unhealthy`, after three times that it is removed. `POST /predict` for a model that runs only there is forwarded to its `/infer`.',
  })
  @ApiBody({
    type: RegisterServiceDto,
    examples: {
      url: {
        summary: 'With an address',
        value: {
          service_id: 'churn-py-1',
          model_id: 'churn',
          version: 7,
          service_url: 'http://10.0.0.7:9000',
          metadata: { language: 'python' },
        },
      },
      host: { summary: 'With host and port', value: { model_id: 'churn', host: '10.0.0.7', port: 9000 } },
    },
  })
  @ApiOkResponse({ description: 'The record.', schema: { example: SERVICE_EXAMPLE } })
  @ApiProblems('bad_request', 'malformed_json', 'service_owned', 'unsupported_media_type')
  async register(@Body() body: RegisterServiceDto): Promise<Record<string, unknown>> {
    const record = await this.registry.register({
      ...(typeof body.service_id === 'string' && { serviceId: body.service_id }),
      ...readServiceAddress(body),
      modelId: body.model_id,
      version: body.version ?? null,
      status: body.status ?? 'healthy',
      environment: body.environment ?? 'production',
      metadata: body.metadata ?? {},
    });
    return describe(record);
  }

  @Put('services/:id/heartbeat')
  @ApiOperation({ summary: 'Say that a service is alive' })
  @ApiParam(ID_PARAMETER)
  @ApiBody({ type: HeartbeatDto, required: false })
  @ApiOkResponse({ description: 'The record.', schema: { example: SERVICE_EXAMPLE } })
  @ApiProblems('bad_request', 'service_not_found')
  async heartbeat(@Param('id') id: string, @Body() body: unknown): Promise<Record<string, unknown>> {
    // Most heartbeats have no body at all, which a DTO as the parameter's type would refuse.
    const metadata = { type: 'body', metatype: HeartbeatDto } as const;
    const { status } = (await this.heartbeatPipe.transform(body ?? {}, metadata)) as HeartbeatDto;
    return describe(this.registry.heartbeat(id, status));
  }

  @Delete('services/:id')
  @ApiOperation({ summary: 'Deregister an outside service' })
  @ApiParam(ID_PARAMETER)
  @ApiOkResponse({
    description: 'It is gone.',
    schema: { example: { message: 'Service churn-py-1 deregistered', service_id: 'churn-py-1' } },
  })
  @ApiProblems('service_not_found', 'service_owned')
  async deregister(@Param('id') id: string): Promise<Record<string, unknown>> {
    await this.registry.deregister(id);
    return { message: `Service ${id} deregistered`, service_id: id };
  }

  @Get('health')
  @ApiOperation({ summary: 'Health of the registry' })
  @ApiOkResponse({
    description: 'It is up.',
    schema: {
      example: { status: 'healthy', service: 'registry_service', timestamp: '2026-01-01T12:00:00.000Z' },
    },
  })
  health(): Record<string, unknown> {
    return { status: 'healthy', service: 'registry_service', timestamp: new Date().toISOString() };
  }
}

function describe(record: ServiceRecord): Record<string, unknown> {
  return {
    service_id: record.serviceId,
    model_id: record.modelId,
    version: record.version,
    service_url: record.serviceUrl,
    host: record.host,
    port: record.port,
    status: record.status,
    environment: record.environment,
    registered_at: new Date(record.registeredAt).toISOString(),
    last_heartbeat: new Date(record.lastHeartbeat).toISOString(),
    metadata: record.metadata,
  };
}
