import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsIn, IsInt, IsNotEmpty, IsNumber, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { LEVELS, type LogLevel } from './log-store';
import { IsTimestamp } from './timestamp';

const TIME = '2026-01-15T10:30:00Z';
const TIME_DESCRIPTION = 'ISO 8601, UTC where it has no zone; the time of arrival when absent.';

/** One entry of a service's log. */
export class LogDto {
  @ApiProperty({ example: 'billing', description: 'The service that reports.' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  service!: string;

  @ApiProperty({ enum: LEVELS, example: 'INFO' })
  @IsIn(LEVELS)
  level!: LogLevel;

  @ApiProperty({ example: 'invoice sent' })
  @IsString()
  @MaxLength(65_536)
  message!: string;

  @ApiPropertyOptional({ example: TIME, description: TIME_DESCRIPTION })
  @IsOptional()
  @IsTimestamp()
  timestamp?: string | null;
}

/** One measured value of a service's own metric. */
export class MetricReportDto {
  @ApiProperty({ example: 'billing', description: 'The service that reports.' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  service!: string;

  @ApiProperty({ example: 'accuracy' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  metric_name!: string;

  @ApiProperty({ example: 0.97 })
  @IsNumber()
  value!: number;

  @ApiPropertyOptional({ example: TIME, description: TIME_DESCRIPTION })
  @IsOptional()
  @IsTimestamp()
  timestamp?: string | null;
}

/** Which entries of the log are asked for. */
export class LogsQueryDto {
  @ApiPropertyOptional({ example: 'modelport', description: 'Entries of this service only.' })
  @IsOptional()
  @IsString()
  service?: string;

  @ApiPropertyOptional({ enum: LEVELS, description: 'Entries of this level only.' })
  @IsOptional()
  @IsIn(LEVELS)
  level?: LogLevel;

  @ApiPropertyOptional({ example: '2026-01-15T00:00:00Z', description: 'Entries of this time and later.' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => withPlus(value))
  @IsTimestamp()
  since?: string;

  @ApiPropertyOptional({
    minimum: 1,
    maximum: 10_000,
    default: 100,
    description: 'How many of the newest, up to 16 MB.',
  })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  limit: number = 100;
}

/** Which metric reports are asked for. */
export class MetricsQueryDto {
  @ApiPropertyOptional({ example: 'billing', description: 'Reports of this service only.' })
  @IsOptional()
  @IsString()
  service?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 10_000, default: 10_000, description: 'How many of the newest.' })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  limit: number = 10_000;
}

/** A query's `+` that was not encoded comes as a space: before the offset of a time it can be nothing else. */
function withPlus(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/(:\d{2}(?:[.,]\d+)?) (\d{2}:?\d{2})$/, '$1+$2') : value;
}
