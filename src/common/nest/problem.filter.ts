import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../errors';
import { methodNotAllowed } from '../http/method-not-allowed';
import { sendProblem } from '../http/respond';
import type { RouteTable } from './route-table';

/** Translates everything that a controller, a pipe or the router throws into the one form of error that clients see. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly routes: () => RouteTable) {}

  catch(failure: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const req = http.getRequest<IncomingMessage & { originalUrl: string }>();
    const res = http.getResponse<ServerResponse>();
    sendProblem(req, res, this.translate(failure, req), {
      log: (error, requestId) => {
        if (error.status < 500) return;
        const cause = error.cause instanceof Error ? error.cause.stack : error.reason;
        this.logger.error({ message: error.message, code: error.code, request_id: requestId, cause });
      },
    });
  }

  private translate(failure: unknown, req: IncomingMessage & { originalUrl: string }): unknown {
    if (!(failure instanceof HttpException)) return failure;
    if (failure.getStatus() === 404) return unknownRoute(this.routes(), req, req.originalUrl);
    // So Express's router calls a parameter of the path that cannot be decoded.
    if (failure.message.startsWith('Failed to decode param')) {
      return new AppError('bad_request', `expected a path in percent-encoded UTF-8, found ${shown(req.originalUrl)}`);
    }
    if (failure.getStatus() < 500) return new AppError('bad_request', failure.message, { cause: failure });
    return failure;
  }
}

/** Why a request matches no route: the path is unknown (404), or does not serve the method (405, with Allow). */
export function unknownRoute(routes: RouteTable, req: Pick<IncomingMessage, 'method'>, url: string): AppError {
  const path = url.split('?', 1)[0] ?? '/';
  const methods = routes.methodsOf(path);
  if (methods.length === 0) return new AppError('not_found', `no route has the path ${shown(path)}`);
  return methodNotAllowed(req, path, methods.join(', '));
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200));
}
