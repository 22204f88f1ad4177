import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors';

/**
 * Lets a JSON route read this request: no Content-Type at all (several real clients send none), `application/json` or
 * a `+json` type, in UTF-8.
 * @param accepted what the route takes, for the sentence of a refusal
 * @throws AppError unsupported_media_type for any other type or charset
 */
export function assertJsonType(req: Pick<IncomingMessage, 'headers'>, accepted = 'application/json'): void {
  const header = req.headers['content-type'];
  if (header === undefined || header === 'application/json' || header === '') return;
  const [type = '', ...parameters] = header.toLowerCase().split(';');
  if (!/^application\/(?:json|[\w.+-]+\+json)$/.test(type.trim())) {
    throw new AppError('unsupported_media_type', `The content type must be ${accepted}; found ${show(header)}`);
  }
  for (const parameter of parameters) {
    const charset = /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter)?.[1];
    if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
      throw new AppError('unsupported_media_type', `JSON must be sent in UTF-8; found the charset ${show(charset)}`);
    }
  }
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
