import { ExpressAdapter } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { sendJson } from '../http/respond';

/** Express as Nest uses it, but with replies as the contract has them: `application/json` without a charset suffix. */
export class JsonExpressAdapter extends ExpressAdapter {
  override reply(response: Response, body: unknown, statusCode?: number): void {
    const request: Request = response.req;
    sendJson(request, response, statusCode ?? response.statusCode, body ?? null);
  }
}
