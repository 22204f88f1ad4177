import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendBytes } from '../common/http/respond';
import { Metrics } from './metrics';

/** Prometheus text of the whole process. */
@ApiTags('monitoring')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @ApiOperation({ summary: 'Metrics of the server and of every model, for Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({
    description: 'The Prometheus text format 0.0.4.',
    schema: {
      type: 'string',
      example:
        'predictions_total{service="modelport",model_id="iris",version="1",environment="production",outcome="ok"} 42',
    },
  })
  async text(@Req() req: IncomingMessage, @Res() res: ServerResponse): Promise<void> {
    const text = await this.metrics.render();
    sendBytes(req, res, 200, Buffer.from(text), { 'content-type': this.metrics.contentType });
  }
}
