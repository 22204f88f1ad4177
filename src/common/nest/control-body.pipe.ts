import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import { AppError } from '../errors';
import { assertOrdinaryMembers, describeFound, refusedMembers, wrongMembers } from '../wrong-members';

/** Checks the bodies of control routes against their DTOs: unknown members and wrong types are 400 and named. */
@Injectable()
export class ControlBodyPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: false,
      transform: true,
      // What is expected of a member stands with the class that the error is of.
      validationError: { target: true, value: true },
      exceptionFactory: (errors) => refusedMembers(wrongMembers(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && this.toValidate(metadata) && !isPlainObject(value)) {
      throw new AppError(
        'bad_request',
        `expected a JSON object as the body, found ${value === undefined ? 'no body' : describeFound(value)}`,
      );
    }
    // No record, entry or document has a member of this name.
    if (metadata.type === 'body' && isPlainObject(value) && Object.hasOwn(value as object, '__proto__')) {
      throw new AppError('bad_request', 'unknown member __proto__');
    }
    if (metadata.type === 'body' && this.toValidate(metadata)) assertOrdinaryMembers(value as object);
    return (await super.transform(value, metadata)) as unknown;
  }
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
