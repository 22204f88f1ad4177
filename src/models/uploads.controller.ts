import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../common/api-problems';
import { UPLOAD_EXAMPLE } from './models.openapi';
import type { UploadStatus } from './upload-progress';
import { Uploads } from './uploads';

@ApiTags('models')
@Controller('uploads')
export class UploadsController {
  constructor(private readonly uploads: Uploads) {}

  @Get()
  @ApiOperation({ summary: 'The uploads that are going on and the last that have ended' })
  @ApiOkResponse({
    description: 'Newest first; `active` counts those that have not ended.',
    schema: { example: { uploads: [UPLOAD_EXAMPLE], total: 1, active: 1 } },
  })
  list(): { uploads: UploadStatus[]; total: number; active: number } {
    const uploads = this.uploads.list();
    return {
      uploads: uploads.map((upload) => upload.status()),
      total: uploads.length,
      active: uploads.filter((upload) => !upload.hasEnded).length,
    };
  }

  @Get(':id')
  @ApiOperation({
    summary: 'How far an upload is',
    description:
      'The id is the `x-request-id` that the client sent with `POST /upload_model`, so that it can ask while the upload goes on. `stage` goes through receiving, reading, compiling, proving and storing to done or failed; `progress` is the share of the whole.',
  })
  @ApiParam({ name: 'id', example: UPLOAD_EXAMPLE.id })
  @ApiOkResponse({ description: 'The upload.', schema: { example: UPLOAD_EXAMPLE } })
  @ApiProblems('upload_not_found')
  find(@Param('id') id: string): UploadStatus {
    return this.uploads.findOrThrow(id).status();
  }
}
