import { Controller, Get, HttpCode, Logger, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { ApiProblems } from '../common/api-problems';
import { AppError } from '../common/errors';
import { ClientGone } from '../common/http/read-body';
import { requestIdOf } from '../common/http/request-id';
import { Importer } from './importer';
import { MODEL_EXAMPLE, UPLOAD_BODY, UPLOAD_EXAMPLE } from './models.openapi';
import { describeVersion, type ModelVersion } from './model-version';
import { ModelStore } from './model-store';
import type { UploadProgress, UploadStatus } from './upload-progress';
import { Uploads } from './uploads';

/** RFC 7240, section 4.1. */
const PREFERS_ASYNC = /(?:^|[,;\s])respond-async(?:$|[,;\s])/i;

@ApiTags('models')
@Controller()
export class ModelsController {
  private readonly logger = new Logger(ModelsController.name);

  constructor(
    private readonly store: ModelStore,
    private readonly importer: Importer,
    private readonly uploads: Uploads,
  ) {}

  @Post('upload_model')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Upload a model file (.pkl, .joblib, .onnx, .json, .ubj, .txt)',
    description:
      'The format is found by content. A pickle is read as data and compiled to ONNX; nothing in it is executed. Uploading again under the same id makes the next version; the same bytes again return the existing one. While it goes on, `GET /uploads/:id` tells how far it is, with the `x-request-id` that was sent as id; with `Prefer: respond-async` the answer is 202 with that resource once the body has arrived.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiHeader({
    name: 'x-request-id',
    required: false,
    description: 'The id under which `GET /uploads/:id` tells of it.',
  })
  @ApiHeader({ name: 'prefer', required: false, description: '`respond-async`: answer when the body has arrived.' })
  @ApiBody(UPLOAD_BODY)
  @ApiOkResponse({
    description: 'The stored version.',
    schema: {
      example: { message: 'Model iris uploaded as version 1', ...MODEL_EXAMPLE, upload_id: UPLOAD_EXAMPLE.id },
    },
  })
  @ApiAcceptedResponse({
    description: 'With `Prefer: respond-async`: the upload, whose resource is in `Location`.',
    schema: { example: UPLOAD_EXAMPLE },
  })
  @ApiProblems(
    'bad_request',
    'body_timeout',
    'body_too_large',
    'unsupported_media_type',
    'format_unknown',
    'model_corrupt',
    'model_unsafe',
    'model_unsupported',
    'import_limit',
    'parity_failed',
    'insufficient_storage',
  )
  async upload(
    @Req() req: IncomingMessage,
    @Res({ passthrough: true }) res: ServerResponse,
  ): Promise<Record<string, unknown> | UploadStatus> {
    const announced = Number(req.headers['content-length'] ?? 0);
    const progress = this.uploads.begin(requestIdOf(req), announced > 0 ? announced : null);
    if (PREFERS_ASYNC.test(String(req.headers.prefer ?? ''))) {
      await this.received(req, progress);
      res.statusCode = 202;
      res.setHeader('location', `/uploads/${encodeURIComponent(progress.id)}`);
      res.setHeader('preference-applied', 'respond-async');
      return progress.status();
    }
    const version = await this.importer.importRequest(req, progress);
    return {
      message: `Model ${version.modelId} uploaded as version ${version.version}`,
      ...describeVersion(version),
      upload_id: progress.id,
    };
  }

  /** Resolves when the body is there; the rest goes on by itself, and its end is in the upload's resource. */
  private received(req: IncomingMessage, progress: UploadProgress): Promise<void> {
    return new Promise((resolve, reject) => {
      this.importer.importRequest(req, progress, resolve).catch((error: unknown) => {
        reject(error instanceof Error ? error : new Error(String(error)));
        if (error instanceof AppError || error instanceof ClientGone) return;
        this.logger.error({ message: 'an upload failed', request_id: progress.id, cause: String(error) });
      });
    });
  }

  @Get('models')
  @ApiOperation({ summary: 'List the models and their versions' })
  @ApiOkResponse({
    description: 'All models, by id.',
    schema: {
      example: {
        models: [
          {
            model_id: 'iris',
            latest_version: 1,
            versions: [1],
            task: 'classification',
            framework: 'scikit-learn',
            framework_version: '1.5.2',
            description: null,
            created_at: '2026-01-01T12:00:00.000Z',
            updated_at: '2026-01-01T12:00:00.000Z',
          },
        ],
        total: 1,
      },
    },
  })
  async list(): Promise<Record<string, unknown>> {
    const byId = new Map<string, ModelVersion[]>();
    for (const version of await this.store.listAll()) {
      byId.set(version.modelId, [...(byId.get(version.modelId) ?? []), version]);
    }
    const models = [...byId.values()].map(summarise);
    return { models, total: models.length };
  }

  @Get('models/:id')
  @ApiOperation({ summary: 'One model with all its versions' })
  @ApiParam({ name: 'id', example: 'iris' })
  @ApiOkResponse({
    description: 'The model.',
    schema: { example: { model_id: 'iris', latest_version: 1, versions: [MODEL_EXAMPLE] } },
  })
  @ApiProblems('model_not_found')
  async find(@Param('id') id: string): Promise<Record<string, unknown>> {
    const versions = await this.store.versionsOrThrow(id);
    return { ...summarise(versions), versions: versions.map(describeVersion) };
  }

  @Get('models/:id/versions/:version')
  @ApiOperation({ summary: 'One version of a model: signature, warnings, parity' })
  @ApiParam({ name: 'id', example: 'iris' })
  @ApiParam({ name: 'version', example: 1 })
  @ApiOkResponse({ description: 'The version.', schema: { example: MODEL_EXAMPLE } })
  @ApiProblems('bad_request', 'model_not_found', 'version_not_found')
  async findVersion(@Param('id') id: string, @Param('version') version: string): Promise<Record<string, unknown>> {
    return describeVersion(await this.store.versionOrThrow(id, versionNumber(version)));
  }

  @Get('models/:id/versions/:version/download')
  @ApiOperation({ summary: 'Download the uploaded file or the ONNX graph that is deployed' })
  @ApiParam({ name: 'id', example: 'iris' })
  @ApiParam({ name: 'version', example: 1 })
  @ApiQuery({ name: 'format', enum: ['original', 'onnx'], required: false, description: 'default: original' })
  @ApiOkResponse({
    description: 'The bytes of the file.',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  @ApiProblems('bad_request', 'model_not_found', 'version_not_found')
  async download(
    @Param('id') id: string,
    @Param('version') version: string,
    @Query('format') format: string | undefined,
    @Res() res: ServerResponse,
  ): Promise<void> {
    const file = format ?? 'original';
    if (file !== 'original' && file !== 'onnx') {
      throw new AppError('bad_request', `format must be original or onnx, found ${JSON.stringify(file)}`);
    }
    const found = await this.store.versionOrThrow(id, versionNumber(version));
    const path = this.store.pathOf(found, file);
    const extension = file === 'onnx' || found.format === 'onnx' ? 'onnx' : 'pkl';
    const { size } = await stat(path);
    res.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': size,
      'content-disposition': `attachment; filename="${found.modelId}-v${found.version}.${extension}"`,
    });
    await pipeline(createReadStream(path), res);
  }
}

function summarise(versions: ModelVersion[]): Record<string, unknown> {
  const first = versions[0]!;
  const latest = versions.at(-1)!;
  return {
    model_id: latest.modelId,
    latest_version: latest.version,
    versions: versions.map((version) => version.version),
    task: latest.signature.task,
    framework: latest.framework,
    framework_version: latest.frameworkVersion,
    description: latest.description,
    created_at: first.createdAt.toISOString(),
    updated_at: latest.createdAt.toISOString(),
  };
}

function versionNumber(text: string): number {
  const version = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(version) && version > 0) return version;
  throw new AppError('bad_request', `a version is a whole number from 1, found ${JSON.stringify(text.slice(0, 40))}`);
}
