import { Controller, Get, Req, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorFunction,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson } from '../common/http/respond';
import { Readiness } from '../common/readiness';
import { DeploymentsService } from '../deployments/deployments.service';
import { DatabaseProbe } from './database-probe';

/** Health of the process, for probes and for people: 200 when all is well, otherwise 503 with what is not. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: Readiness,
    private readonly database: DatabaseProbe,
    private readonly deployments: DeploymentsService,
  ) {}

  @Get()
  @HealthCheck()
  @ApiOperation({ summary: 'Health in full', description: 'The process, its deployments and the database.' })
  async all(@Req() req: IncomingMessage, @Res() res: ServerResponse): Promise<void> {
    await this.answer(req, res, [
      () => this.processReady(),
      () => this.deploymentsFree(),
      () => this.databaseWritable(),
    ]);
  }

  @Get('live')
  @HealthCheck()
  @ApiOperation({ summary: 'Liveness', description: 'Answers while the event loop does, also during a shutdown.' })
  async live(@Req() req: IncomingMessage, @Res() res: ServerResponse): Promise<void> {
    await this.answer(req, res, [() => this.indicators.check('process').up({ state: this.readiness.state })]);
  }

  /** Predictions do without the database, so a locked one is no reason to send them elsewhere. */
  @Get('ready')
  @HealthCheck()
  @ApiOperation({
    summary: 'Readiness',
    description: 'Whether predictions may be sent: everything is started, nothing is shutting down, no model is stuck.',
  })
  async ready(@Req() req: IncomingMessage, @Res() res: ServerResponse): Promise<void> {
    await this.answer(req, res, [() => this.processReady(), () => this.deploymentsFree()]);
  }

  private processReady(): HealthIndicatorResult {
    const { state } = this.readiness;
    const indicator = this.indicators.check('process');
    return state === 'ready' ? indicator.up({ state }) : indicator.down({ state });
  }

  private deploymentsFree(): HealthIndicatorResult {
    const all = this.deployments.health();
    const indicator = this.indicators.check('deployments');
    const inState = (wanted: string) => all.filter(({ state }) => state === wanted);
    const data = {
      running: inState('running').length,
      // A failed model is shown, but the others serve on: it does not make the process unready.
      failed: inState('failed').map(({ modelId, lastError }) => ({ model_id: modelId, error: lastError })),
      stuck: inState('stuck').map(({ modelId }) => modelId),
    };
    return data.stuck.length > 0 ? indicator.down(data) : indicator.up(data);
  }

  private async databaseWritable(): Promise<HealthIndicatorResult> {
    const problem = await this.database.problem();
    const indicator = this.indicators.check('database');
    return problem === null ? indicator.up() : indicator.down(problem);
  }

  private async answer(req: IncomingMessage, res: ServerResponse, checks: HealthIndicatorFunction[]): Promise<void> {
    const { healthy, result } = await this.run(checks);
    const headers = { 'cache-control': 'no-cache, no-store, must-revalidate' };
    sendJson(req, res, healthy ? 200 : 503, { ...result, status: healthy ? 'ok' : 'error' }, headers);
  }

  /** Terminus says "unhealthy" by an exception, which would otherwise become a problem reply without the details. */
  private async run(checks: HealthIndicatorFunction[]): Promise<{ healthy: boolean; result: HealthCheckResult }> {
    try {
      return { healthy: true, result: await this.checks.check(checks) };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return { healthy: false, result: error.getResponse() as HealthCheckResult };
    }
  }
}
