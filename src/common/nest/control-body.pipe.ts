import { type ArgumentMetadata, Injectable, ValidationPipe, type ValidationError } from '@nestjs/common';
import { AppError, type ErrorDetail } from '../errors';

/** Checks the bodies of control routes against their DTOs: unknown members and wrong types are 400 and named. */
@Injectable()
export class ControlBodyPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: false,
      transform: true,
      exceptionFactory: (errors) => {
        const details = errors.flatMap((error) => flatten(error, ''));
        return new AppError('bad_request', details.map((detail) => detail.message).join('; '), { details });
      },
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && this.toValidate(metadata) && !isPlainObject(value)) {
      throw new AppError('bad_request', `expected a JSON object as the body, found ${kindOf(value)}`);
    }
    // class-transformer leaves this name out without a word, so that the whitelist never sees it.
    if (metadata.type === 'body' && isPlainObject(value) && Object.hasOwn(value as object, '__proto__')) {
      throw new AppError('bad_request', 'unknown member __proto__');
    }
    return (await super.transform(value, metadata)) as unknown;
  }
}

function flatten(error: ValidationError, prefix: string): ErrorDetail[] {
  const field = prefix + error.property;
  const own = Object.values(error.constraints ?? {}).map((message) => ({
    field,
    message: message.replace(/^property (.*) should not exist$/, 'unknown member $1'),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, `${field}.`))];
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'no body';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
