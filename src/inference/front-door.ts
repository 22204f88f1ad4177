import type { RequestHandler } from '../common/http/listener';
import { methodNotAllowed } from '../common/http/method-not-allowed';
import { pathOf } from '../common/http/request-path';
import { sendProblem } from '../common/http/respond';
import type { InferHandler } from './infer-handler';

/**
 * Puts the data plane in front of a handler: `POST /predict` goes to the predictions, everything else to what is
 * behind. A framework's route costs several times what the prediction does.
 */
export function frontDoor(handler: InferHandler, behind: RequestHandler): RequestHandler {
  return (req, res) => {
    const url = req.url ?? '/';
    if (url !== '/predict' && pathOf(url) !== '/predict') return behind(req, res);
    if (req.method === 'POST') return handler.handleAny(req, res);
    sendProblem(req, res, methodNotAllowed(req, '/predict', 'POST'));
  };
}
