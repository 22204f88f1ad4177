import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { AppError } from '../common/errors';
import { pathOf } from '../common/http/request-path';
import { sendProblem } from '../common/http/respond';
import type { InferHandler } from './infer-handler';

/**
 * Puts the data plane in front of what listens on a server now: `POST /predict` goes to the handler, everything else
 * where it went before. A framework's route costs several times what the prediction does.
 */
export function installFrontDoor(server: Server, handler: InferHandler): void {
  const behind = server.listeners('request') as ((req: IncomingMessage, res: ServerResponse) => void)[];
  server.removeAllListeners('request');
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    const url = req.url ?? '/';
    if (url === '/predict' || pathOf(url) === '/predict') {
      if (req.method === 'POST') return handler.handleAny(req, res);
      return sendProblem(req, res, methodNotAllowed(req, '/predict', 'POST'));
    }
    for (const listener of behind) listener.call(server, req, res);
  });
}

/** 405 with the methods that the path does serve. */
export function methodNotAllowed(req: IncomingMessage, path: string, allow: string): AppError {
  return new AppError('method_not_allowed', `${path} takes ${allow}, found ${req.method ?? 'no method'}`, {
    headers: { allow },
  });
}
