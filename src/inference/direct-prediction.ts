import type { DirectConnection, DirectRoute, FindDirectRoute } from '../common/http/direct/direct-connection';
import type { DirectHead } from '../common/http/direct/direct-head';
import { assertJsonType } from '../common/http/json-type';
import { type BodyForm, bodyFormOf } from './body/body-form';
import { findModelId } from './body/find-model-id';
import type { Endpoint } from './endpoint';
import type { EndpointTable } from './endpoint-table';
import { Exchange, type RouteDesk } from './exchange';
import { FLAT, RAW, RAW_AS_BINARY } from './protocol';

interface DirectOptions {
  table: EndpointTable;
  maxBytes: number;
  isShuttingDown: () => boolean;
  /** Whose listener it is; null where the body says the model. */
  modelId: string | null;
  /** By path. */
  desks: Readonly<Record<string, RouteDesk>>;
}

/** Finds for the head of a small prediction in JSON who answers it directly. */
export function directPredictions(options: DirectOptions): FindDirectRoute {
  const desks = new Map(Object.entries(options.desks));
  return (head) => {
    const desk = desks.get(head.target);
    if (!desk || head.contentLength > options.maxBytes) return null;
    const form = formOf(head, desk);
    return form && new DirectPrediction(options, desk, form);
  };
}

/** How the body is read; null for rows that are bytes, and for a type that is to be refused. */
function formOf(head: DirectHead, { route }: RouteDesk): BodyForm | null {
  try {
    if (route.kind !== FLAT) {
      const form = bodyFormOf(head);
      return form.kind === RAW || form.kind === RAW_AS_BINARY ? null : form;
    }
    assertJsonType(head);
    return { kind: FLAT, datatype: null };
  } catch {
    // Whoever reads the request next finds the same, and answers it.
    return null;
  }
}

/**
 * Predictions with one head. Whatever is not for an endpoint that is there (no such model, one of another service, a
 * server that shuts down) is left to Node's HTTP server and the handler behind it.
 */
class DirectPrediction implements DirectRoute {
  constructor(
    private readonly options: DirectOptions,
    private readonly desk: RouteDesk,
    private readonly form: BodyForm,
  ) {}

  isOpen(): boolean {
    const { modelId, table } = this.options;
    return modelId === null || (table.get(modelId)?.hasRoom ?? false);
  }

  handle(connection: DirectConnection, body: Uint8Array): boolean {
    const endpoint = this.options.isShuttingDown() ? undefined : this.endpointFor(body);
    if (!endpoint) return false;
    const exchange = new Exchange(connection, this.desk, connection.arrivedAt);
    exchange.belongsTo(endpoint);
    exchange.isOfForm(this.form);
    if (connection.pieces > 0) exchange.bodyIsComplete();
    endpoint.submit(exchange.toEntry(body));
    return true;
  }

  private endpointFor(body: Uint8Array): Endpoint | undefined {
    const { modelId, table } = this.options;
    if (modelId !== null) return table.get(modelId);
    const finding = findModelId(body);
    return finding.kind === 'text' ? table.get(finding.modelId) : undefined;
  }
}
