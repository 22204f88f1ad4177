import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsObject, IsOptional, IsString, Matches, Max, MaxLength, Min, ValidateBy } from 'class-validator';
import { ENVIRONMENTS } from '../common/environment';
import { NAME, NAME_RULE } from '../common/name-rule';
import { SERVICE_STATUSES, type ServiceStatus } from './service-record';

const ID = /^[A-Za-z0-9._:-]{1,200}$/;
const ID_RULE = '$property must be 1 to 200 letters, digits, ".", "_", ":" or "-"';

/** What an outside service says to register. */
export class RegisterServiceDto {
  @ApiPropertyOptional({
    example: 'churn-py-1',
    description: 'Made when absent; the same id again replaces the record.',
  })
  @IsOptional()
  @Matches(ID, { message: ID_RULE })
  service_id?: string;

  @ApiProperty({ example: 'churn' })
  @Matches(NAME, { message: `model_id must be ${NAME_RULE}` })
  model_id!: string;

  @ApiPropertyOptional({ example: 7, oneOf: [{ type: 'number' }, { type: 'string' }] })
  @IsOptional()
  @ValidateBy({
    name: 'isVersion',
    validator: {
      validate: (value: unknown) =>
        (typeof value === 'number' && Number.isFinite(value)) || (typeof value === 'string' && value.length <= 128),
      defaultMessage: () => 'version must be a number or a text of at most 128 characters',
    },
  })
  version?: number | string;

  @ApiPropertyOptional({ example: 'http://10.0.0.7:9000', description: 'Or host and port.' })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  service_url?: string;

  @ApiPropertyOptional({ example: '10.0.0.7' })
  @IsOptional()
  @IsString()
  @MaxLength(255)
  host?: string;

  @ApiPropertyOptional({ example: 9000, minimum: 1, maximum: 65535 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(65535)
  port?: number;

  @ApiPropertyOptional({ enum: SERVICE_STATUSES, example: 'healthy' })
  @IsOptional()
  @IsIn(SERVICE_STATUSES)
  status?: ServiceStatus;

  @ApiPropertyOptional({ enum: ENVIRONMENTS, example: 'production' })
  @IsOptional()
  @IsIn(ENVIRONMENTS)
  environment?: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { language: 'python' } })
  @IsOptional()
  @IsObject()
  // As it was sent: the transformation into classes drops members named like those of every object.
  @Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key])
  metadata?: Record<string, unknown>;
}

/** A heartbeat may say how the service is. */
export class HeartbeatDto {
  @ApiPropertyOptional({ enum: SERVICE_STATUSES, example: 'healthy' })
  @IsOptional()
  @IsIn(SERVICE_STATUSES)
  status?: ServiceStatus;
}

/** Which services are asked for. */
export class ServiceQueryDto {
  @ApiPropertyOptional({ example: 'iris' })
  @IsOptional()
  @IsString()
  model_id?: string;

  @ApiPropertyOptional({ enum: SERVICE_STATUSES })
  @IsOptional()
  @IsIn(SERVICE_STATUSES)
  status?: ServiceStatus;

  @ApiPropertyOptional({ enum: ENVIRONMENTS })
  @IsOptional()
  @IsIn(ENVIRONMENTS)
  environment?: string;
}
