import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppError } from '../common/errors';
import { sendProblem } from '../common/http/respond';
import { requestIdOf } from '../common/http/request-id';
import type { Endpoint } from './endpoint';
import type { Reply } from './entry';
import { type EntryKind, FLAT } from './protocol';
import { asciiJson } from './worker/codecs/reply-encoder';

export interface HttpReplyHooks {
  /** Told every failure that is answered, with the id it is answered under. */
  log: (error: AppError, requestId: string) => void;
  /** Told every answer, after it was handed to the socket. */
  onAnswered: (status: number, req: IncomingMessage) => void;
}

/** Answers one prediction over HTTP: the worker's text, completed with what only this thread knows. */
export class HttpReply implements Reply {
  private readonly startedAt = performance.now();

  constructor(
    private readonly req: IncomingMessage,
    private readonly res: ServerResponse,
    private readonly endpoint: Endpoint,
    private readonly kind: EntryKind,
    private readonly hooks: HttpReplyHooks,
  ) {}

  answered(text: string): void {
    const { res, req } = this;
    if (res.headersSent || res.destroyed) return;
    const body = text + (this.kind === FLAT ? flatTail(this.endpoint) : this.tail());
    res.writeHead(200, [
      'content-type',
      'application/json',
      'content-length',
      // Every character is ASCII, so that characters are bytes.
      String(body.length),
      'x-request-id',
      requestIdOf(req),
    ]);
    res.end(body, 'latin1');
    this.hooks.onAnswered(200, req);
  }

  failed(error: AppError): void {
    const showReason = this.endpoint.environment === 'development';
    sendProblem(this.req, this.res, error, { showReason, log: this.hooks.log });
    this.hooks.onAnswered(error.status, this.req);
  }

  isAbandoned(): boolean {
    return this.res.destroyed;
  }

  private tail(): string {
    const { modelId, version } = this.endpoint;
    const latency = Math.round((performance.now() - this.startedAt) * 1000) / 1e6;
    return `,"latency":${latency},"model_id":${jsonOf(modelId)},"version":${version},"timestamp":${Date.now() / 1000}}`;
  }
}

/** Versions are whole numbers; as text of a service they are `1.0`. */
function flatTail({ version }: Endpoint): string {
  return `,"timestamp":"${new Date().toISOString()}","service_version":"${version}.0"}`;
}

/** Model ids are letters, digits, `.`, `_` and `-`; anything else that may come to be one is escaped. */
function jsonOf(modelId: string): string {
  return /^[\w.-]*$/.test(modelId) ? `"${modelId}"` : asciiJson(modelId);
}
