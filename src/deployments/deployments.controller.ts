import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/api-problems';
import { AppConfig } from '../common/config';
import { AppError } from '../common/errors';
import { ModelStore } from '../models/model-store';
import type { ModelVersion } from '../models/model-version';
import { DeployDto } from './deploy.dto';
import { describeDeployment, describeStatus } from './deployment-view';
import { DEPLOYMENT_EXAMPLE, DEPLOY_EXAMPLES, STATUS_EXAMPLE } from './deployments.openapi';
import { DeploymentsService } from './deployments.service';
import { DesiredState } from './desired-state';

@ApiTags('deployments')
@Controller()
export class DeploymentsController {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly models: ModelStore,
    private readonly desired: DesiredState,
    private readonly config: AppConfig,
  ) {}

  @Post('deploy')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Deploy a model, or swap its running deployment',
    description:
      'Answers once every worker has loaded the model and answered a warm-up run. Deploying again keeps what the body does not name and swaps without a failed request; a failure leaves the old one serving.',
  })
  @ApiBody({ type: DeployDto, examples: DEPLOY_EXAMPLES })
  @ApiOkResponse({
    description: 'It runs.',
    schema: { example: { message: 'Model iris deployed successfully', ...DEPLOYMENT_EXAMPLE } },
  })
  @ApiProblems(
    'bad_request',
    'invalid_port',
    'memory_limit_exceeded',
    'model_not_found',
    'version_not_found',
    'preprocessor_not_found',
    'port_taken',
    'not_ready',
  )
  async deploy(@Body() body: DeployDto): Promise<Record<string, unknown>> {
    const deployment = await this.deployments.deploy(body);
    return {
      message: `Model ${body.model_id} deployed successfully`,
      ...describeDeployment(deployment, this.config.publicHost),
    };
  }

  @Post('stop_deployment/:id')
  @HttpCode(200)
  @ApiOperation({ summary: 'Drain and stop a deployment; the files stay' })
  @ApiParam({ name: 'id', example: 'iris' })
  @ApiOkResponse({
    description: 'It is stopped.',
    schema: { example: { message: 'Model iris stopped', model_id: 'iris' } },
  })
  @ApiProblems('deployment_not_found')
  async stop(@Param('id') id: string): Promise<Record<string, unknown>> {
    await this.deployments.stop(id);
    return { message: `Model ${id} stopped`, model_id: id };
  }

  @Delete('delete_model/:id')
  @ApiOperation({ summary: 'Stop the deployment and remove every version of a model' })
  @ApiParam({ name: 'id', example: 'iris' })
  @ApiOkResponse({
    description: 'It is gone.',
    schema: { example: { message: 'Model iris deleted', model_id: 'iris' } },
  })
  @ApiProblems('model_not_found')
  async remove(@Param('id') id: string): Promise<Record<string, unknown>> {
    await this.deployments.remove(id);
    return { message: `Model ${id} deleted`, model_id: id };
  }

  @Get('models/status')
  @ApiOperation({ summary: 'Every model with its deployment, counts and latencies (in seconds)' })
  @ApiOkResponse({ description: 'All models.', schema: { example: STATUS_EXAMPLE } })
  async status(): Promise<Record<string, unknown>> {
    const [versions, desired] = await Promise.all([this.models.listAll(), this.desired.list()]);
    const byModel = new Map<string, ModelVersion[]>();
    for (const version of versions) {
      byModel.set(version.modelId, [...(byModel.get(version.modelId) ?? []), version]);
    }
    const wanted = new Map(desired.map((one) => [one.spec.modelId, one]));
    const models = [...byModel].map(([id, of]) =>
      describeStatus(of, this.deployments.find(id), wanted.get(id), this.config.publicHost),
    );
    return { models, total: models.length, active: models.filter((model) => model.status === 'running').length };
  }

  @Get('deployments')
  @ApiOperation({ summary: 'What should run' })
  @ApiOkResponse({
    description: 'All deployments.',
    schema: { example: { deployments: [DEPLOYMENT_EXAMPLE], total: 1 } },
  })
  list(): Record<string, unknown> {
    const deployments = this.deployments.list().map((one) => describeDeployment(one, this.config.publicHost));
    return { deployments, total: deployments.length };
  }

  @Get('deployments/:id')
  @ApiOperation({ summary: 'One deployment' })
  @ApiParam({ name: 'id', example: 'iris' })
  @ApiOkResponse({ description: 'The deployment.', schema: { example: DEPLOYMENT_EXAMPLE } })
  @ApiProblems('deployment_not_found')
  findOne(@Param('id') id: string): Record<string, unknown> {
    const deployment = this.deployments.find(id);
    if (!deployment) throw new AppError('deployment_not_found', `model ${id} is not deployed`);
    return describeDeployment(deployment, this.config.publicHost);
  }
}
