import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../common/errors';
import type { RequestHandler } from '../common/http/listener';
import { pathOf } from '../common/http/request-path';
import { sendProblem } from '../common/http/respond';
import type { InferHandler } from './infer-handler';

/**
 * Puts the data plane in front of a handler: `POST /predict` goes to the predictions, everything else to what is
 * behind. A framework's route costs several times what the prediction does.
 */
export function frontDoor(handler: InferHandler, behind: RequestHandler): RequestHandler {
  return (req: IncomingMessage, res: ServerResponse) => {
    const url = req.url ?? '/';
    if (url !== '/predict' && pathOf(url) !== '/predict') return behind(req, res);
    if (req.method === 'POST') return handler.handleAny(req, res);
    sendProblem(req, res, methodNotAllowed(req, '/predict', 'POST'));
  };
}

/** 405 with the methods that the path does serve. */
export function methodNotAllowed(req: IncomingMessage, path: string, allow: string): AppError {
  return new AppError('method_not_allowed', `${path} takes ${allow}, found ${req.method ?? 'no method'}`, {
    headers: { allow },
  });
}
