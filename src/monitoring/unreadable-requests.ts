import type { OnUnreadable } from '../common/http/client-error';
import type { AppLogger } from '../common/logger';
import type { Metrics } from './metrics';

/** Counts and logs what came to a listener and is no request that can be read, as other refusals are. */
export function unreadableRequests(listener: string, metrics: Pick<Metrics, 'http'>, logger: AppLogger): OnUnreadable {
  return (error, requestId) => {
    metrics.http({ listener, method: 'OTHER', route: 'unmatched', status: error.status, durationS: 0 });
    const members = { listener, code: error.code, status: error.status, request_id: requestId };
    logger.write('debug', `request refused: ${error.message}`, members);
  };
}
