import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsOptional,
  IsPositive,
  IsString,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { type Environment, ENVIRONMENTS } from '../common/environment';
import { IsQuantity } from './is-quantity';

export class ResourcesDto {
  @ApiPropertyOptional({
    example: '2',
    description:
      'Most threads the workers may use together: "2", 2 or "500m". No more are started than 16, or four a processor where that is more.',
  })
  @IsOptional()
  @IsQuantity('"2" or "500m"')
  cpu_limit?: string | number;

  @ApiPropertyOptional({
    example: '512MB',
    description: 'Budget of the loaded model and its workers: "512MB", "1GB", "512Mi".',
  })
  @IsOptional()
  @IsQuantity('"512MB" or "1Gi"')
  memory_limit?: string | number;

  @ApiPropertyOptional({ example: 60, description: 'Seconds a prediction may take; may be a fraction.' })
  @IsOptional()
  @IsNumber()
  @IsPositive()
  @Max(86_400)
  timeout?: number;

  @ApiPropertyOptional({
    example: 300,
    nullable: true,
    minimum: 0.1,
    maximum: 604_800,
    description:
      'After so many seconds without a request the threads are let go; the next request brings them back and is answered. Absent or null: never.',
  })
  @IsOptional()
  @IsNumber()
  @Min(0.1)
  @Max(604_800)
  idle_timeout?: number | null;
}

export class BatchingDto {
  @ApiPropertyOptional({ example: 64, description: 'Most rows that are run together.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(65_536)
  max_size?: number;

  @ApiPropertyOptional({ example: 0, description: 'How long a request waits for company, in milliseconds.' })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(10_000)
  max_delay_ms?: number;

  @ApiPropertyOptional({ example: 256, description: 'Most requests that may wait; beyond it they are answered 429.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  max_queue?: number;
}

export class DeployDto {
  @ApiProperty({ example: 'iris' })
  @IsString()
  @IsNotEmpty()
  model_id!: string;

  @ApiPropertyOptional({ example: 1, description: 'Default: the newest.' })
  @IsOptional()
  @IsInt()
  @IsPositive()
  version?: number;

  @ApiPropertyOptional({ enum: ENVIRONMENTS, example: 'production' })
  @IsOptional()
  @IsIn(ENVIRONMENTS)
  environment?: Environment;

  @ApiPropertyOptional({ type: ResourcesDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ResourcesDto)
  resources?: ResourcesDto;

  @ApiPropertyOptional({ example: 8000, minimum: 1024, maximum: 65535, description: 'Default: the first free one.' })
  @IsOptional()
  @IsInt()
  port?: number;

  @ApiPropertyOptional({ example: true, description: 'false: no listener of its own.' })
  @IsOptional()
  @IsBoolean()
  listener?: boolean;

  @ApiPropertyOptional({
    example: 'flight_delay',
    nullable: true,
    description: 'Raw records then go through this preprocessor; null for none.',
  })
  @IsOptional()
  @IsString()
  preprocessor?: string | null;

  @ApiPropertyOptional({ type: BatchingDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => BatchingDto)
  batching?: BatchingDto;

  @ApiPropertyOptional({
    type: 'array',
    items: {},
    example: [[5.1, 3.5, 1.4, 0.2]],
    description: 'Rows or records to run before it serves.',
  })
  @IsOptional()
  @IsArray()
  warmup?: unknown[];
}
