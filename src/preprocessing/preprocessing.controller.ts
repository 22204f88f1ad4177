import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import { ApiProblems } from '../common/api-problems';
import { AppError } from '../common/errors';
import { FLIGHT_DELAY_NAME } from './flight-delay';
import { describeJson } from './json-bounds';
import {
  PREPROCESSOR_EXAMPLE,
  PROCESSED_EXAMPLE,
  PROCESSED_EXAMPLES,
  RAW_EXAMPLE,
  RAW_EXAMPLES,
  SUMMARY_EXAMPLE,
} from './preprocessing.openapi';
import { PreprocessingService } from './preprocessing.service';
import { PreprocessorStore, type StoredPreprocessor } from './preprocessor-store';
import { readYaml } from './read-yaml';

/** Names of the two parameters that every route shares, as Swagger UI shows them. */
const NAME_PARAMETER = { name: 'name', example: FLIGHT_DELAY_NAME };
const CHOICE = {
  name: 'preprocessor',
  required: false,
  example: FLIGHT_DELAY_NAME,
  description: 'Name of the preprocessor; default `flight_delay`.',
};

/** Bodies are any JSON: what a record may be is for its preprocessor to say, not for a DTO. */
@ApiTags('preprocessing')
@Controller()
export class PreprocessingController {
  constructor(
    private readonly store: PreprocessorStore,
    private readonly service: PreprocessingService,
  ) {}

  @Post('preprocess')
  @HttpCode(200)
  @ApiOperation({ summary: 'Turn one raw record into the record that a model takes' })
  @ApiQuery(CHOICE)
  @ApiBody({ schema: { type: 'object', example: RAW_EXAMPLE } })
  @ApiOkResponse({ description: 'The processed record.', schema: { type: 'object', example: PROCESSED_EXAMPLE } })
  @ApiProblems('bad_request', 'malformed_json', 'preprocessor_not_found', 'unsupported_media_type', 'invalid_record')
  preprocess(@Body() record: unknown, @Query('preprocessor') name: unknown): Promise<Record<string, unknown>> {
    return this.service.preprocess(chosen(name), present(record));
  }

  @Post('batch_preprocess')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Turn a list of raw records into processed ones, in the same order',
    description: 'All or none: when records fail, every one of them is named by its index and its fields.',
  })
  @ApiQuery(CHOICE)
  @ApiBody({ schema: { type: 'array', items: { type: 'object' }, example: RAW_EXAMPLES } })
  @ApiOkResponse({
    description: 'The processed records.',
    schema: { type: 'array', items: { type: 'object' }, example: PROCESSED_EXAMPLES },
  })
  @ApiProblems('bad_request', 'malformed_json', 'preprocessor_not_found', 'unsupported_media_type', 'invalid_record')
  preprocessBatch(@Body() records: unknown, @Query('preprocessor') name: unknown): Promise<Record<string, unknown>[]> {
    return this.service.preprocessBatch(chosen(name), present(records));
  }

  @Get('preprocessors')
  @ApiOperation({ summary: 'List the preprocessors' })
  @ApiOkResponse({
    description: 'All preprocessors, by name.',
    schema: { example: { preprocessors: [SUMMARY_EXAMPLE], total: 1 } },
  })
  async list(): Promise<Record<string, unknown>> {
    const preprocessors = (await this.store.list()).map(summarize);
    return { preprocessors, total: preprocessors.length };
  }

  @Get('preprocessors/:name')
  @ApiOperation({ summary: 'One preprocessor with its document; what this returns can be put' })
  @ApiParam(NAME_PARAMETER)
  @ApiOkResponse({ description: 'The preprocessor.', schema: { example: PREPROCESSOR_EXAMPLE } })
  @ApiProblems('preprocessor_not_found')
  async findOne(@Param('name') name: string): Promise<Record<string, unknown>> {
    return describe(await this.store.get(name));
  }

  @Put('preprocessors/:name')
  @ApiOperation({
    summary: 'Store a preprocessor, as JSON or YAML',
    description:
      'Validated before it is stored; `version` counts the changed documents. A deployment keeps the document that it was deployed with until it is deployed again.',
  })
  @ApiParam({ ...NAME_PARAMETER, example: 'loan' })
  @ApiOkResponse({
    description: 'The stored preprocessor.',
    schema: { example: { ...PREPROCESSOR_EXAMPLE, name: 'loan', builtin: false } },
  })
  @ApiProblems(
    'bad_request',
    'malformed_json',
    'preprocessor_builtin',
    'body_too_large',
    'unsupported_media_type',
    'invalid_preprocessor',
  )
  async put(
    @Param('name') name: string,
    @Body() body: unknown,
    @Req() req: IncomingMessage,
  ): Promise<Record<string, unknown>> {
    const yaml =
      typeof body === 'string' && /^\s*(application|text)\/(x-)?yaml\b/i.test(req.headers['content-type'] ?? '');
    return describe(await this.store.put(name, yaml ? readYaml(body) : present(body)));
  }

  @Delete('preprocessors/:name')
  @ApiOperation({ summary: 'Delete a preprocessor that no deployment uses' })
  @ApiParam({ ...NAME_PARAMETER, example: 'loan' })
  @ApiOkResponse({
    description: 'It is gone.',
    schema: { example: { message: 'Preprocessor loan deleted', name: 'loan' } },
  })
  @ApiProblems('preprocessor_not_found', 'preprocessor_builtin', 'preprocessor_in_use')
  async remove(@Param('name') name: string): Promise<Record<string, unknown>> {
    await this.store.remove(name);
    return { message: `Preprocessor ${name} deleted`, name };
  }
}

function chosen(name: unknown): string {
  if (name === undefined) return FLIGHT_DELAY_NAME;
  if (typeof name === 'string') return name;
  throw new AppError('bad_request', `preprocessor must be given once, as a name; found ${describeJson(name)}`);
}

function present(body: unknown): unknown {
  if (body === undefined) throw new AppError('bad_request', 'Expected a body, found none');
  return body;
}

function summarize(one: StoredPreprocessor): Record<string, unknown> {
  return {
    name: one.name,
    version: one.version,
    description: one.document.description ?? null,
    builtin: one.builtin,
    created_at: one.createdAt?.toISOString() ?? null,
    updated_at: one.updatedAt?.toISOString() ?? null,
  };
}

function describe(one: StoredPreprocessor): Record<string, unknown> {
  const { description: _nullable, ...summary } = summarize(one);
  return { ...summary, ...one.document };
}
