import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { AppConfig } from '../common/config';
import { askedVersion, forwardPrediction, type ForwardedAnswer, toInferBody } from './forward';
import { ServiceRegistry } from './service-registry';

/** Sends predictions for models that this process does not run to the outside services that do. */
@Injectable()
export class ServiceForwarder {
  constructor(
    private readonly config: AppConfig,
    private readonly registry: ServiceRegistry,
  ) {}

  /**
   * Forwards the body of a `POST /predict` to a healthy outside service of the model; undefined when there is none.
   * When the client goes, the service is told by a closed connection.
   * @throws AppError malformed_json, bad_request, upstream_invalid, upstream_timeout
   */
  async forward(modelId: string, body: Uint8Array, req: IncomingMessage): Promise<ForwardedAnswer | undefined> {
    const record = this.registry.next(modelId, askedVersion(body));
    if (!record) return undefined;
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    req.socket.once('close', leave);
    try {
      const { forwardTimeoutMs: timeoutMs } = this.config;
      return await forwardPrediction(record, toInferBody(body), { timeoutMs, signal: gone.signal });
    } finally {
      req.socket.off('close', leave);
    }
  }
}
