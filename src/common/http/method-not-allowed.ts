import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors';

/** 405 with the methods that the path does serve, such as `GET, HEAD`. */
export function methodNotAllowed({ method }: Pick<IncomingMessage, 'method'>, path: string, allow: string): AppError {
  const shown = JSON.stringify(path.slice(0, 200));
  return new AppError('method_not_allowed', `${shown} serves ${allow}; found ${method}`, { headers: { allow } });
}
