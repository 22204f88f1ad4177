import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
} from 'node:http';
import { byteOrderMarkOf } from '../common/byte-order-mark';
import { AppError } from '../common/errors';
import type { ServiceRecord } from './service-record';
import { topLevelMembers } from './top-level-members';

export interface ForwardOptions {
  /** For everything from connecting to the last byte of the answer. */
  timeoutMs: number;
  /** Aborted when the client has gone. */
  signal?: AbortSignal;
}

/** An answer to be passed on as it is. */
export interface ForwardedAnswer {
  status: number;
  /** JSON. */
  body: Uint8Array;
  headers?: Record<string, string>;
}

const MAX_ANSWER_BYTES = 32e6;
/** Of an answer that cannot be used, what is kept as the reason. */
const MAX_REASON_CHARACTERS = 200;

const CONNECTIONS = { keepAlive: true, maxSockets: 64, maxFreeSockets: 8 };
const plain = { agent: new HttpAgent(CONNECTIONS), request: httpRequest };
let secure: typeof plain | null = null;

/**
 * The body for a service's `/infer` out of one for `/predict`: its `features` (or `inputs`), byte for byte, and the
 * `version` asked for, which a service may check.
 * @throws AppError malformed_json, bad_request
 */
export function toInferBody(predictBody: Uint8Array): Uint8Array {
  const members = topLevelMembers(predictBody);
  if (!members) throw new AppError('malformed_json', 'Expected a JSON object as the body');
  const [features, inputs, version] = ['features', 'inputs', 'version'].map((name) => {
    const value = members.get(name);
    return value && Buffer.concat([Buffer.from(`"${name}":`), value]);
  });
  const rows = features ?? inputs;
  if (!rows) throw new AppError('bad_request', 'Expected the member "features", found none');
  if (features && inputs) throw new AppError('bad_request', 'Expected either "features" or "inputs", found both');
  const rest = version ? [Buffer.from(','), version] : [];
  return Buffer.concat([Buffer.from('{'), rows, ...rest, Buffer.from('}')]);
}

/** The version that the body of a `/predict` asks for, as text; null when it asks for none, or for what is none. */
export function askedVersion(predictBody: Uint8Array): string | null {
  // Most bodies do not have the word, and to look for it is much faster than to find their members.
  if (!Buffer.from(predictBody.buffer, predictBody.byteOffset, predictBody.byteLength).includes('"version"'))
    return null;
  const value = topLevelMembers(predictBody)?.get('version');
  const text = value && Buffer.from(value).toString();
  return text === undefined || text === 'null' ? null : (/^"?([\w.-]{1,64})"?$/.exec(text)?.[1] ?? null);
}

/**
 * Sends a prediction (a body for `/infer`) to a registered service and answers with what it answered: a JSON object with
 * `prediction`, or a refusal (4xx) under its own status. Redirects are not followed.
 * @throws AppError upstream_invalid when the service cannot be reached, fails, or gives an answer that cannot be
 * understood; upstream_timeout when the answer is not complete in time
 */
export async function forwardPrediction(
  record: Pick<ServiceRecord, 'serviceId' | 'serviceUrl'>,
  body: Uint8Array,
  options: ForwardOptions,
): Promise<ForwardedAnswer> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline;
  try {
    return understand(await post(`${record.serviceUrl}/infer`, body, signal), record);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (deadline.aborted) {
      const seconds = options.timeoutMs / 1000;
      throw new AppError('upstream_timeout', `The service ${record.serviceId} gave no complete answer in ${seconds} s`);
    }
    throw invalid(record, unreachable(error), (error as Partial<Error>).message);
  }
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

async function post(url: string, body: Uint8Array, signal: AbortSignal): Promise<Answer> {
  try {
    return await postOnce(url, body, signal);
  } catch (error) {
    // A kept connection that the service closed; a prediction changes nothing, so asking again is safe.
    if (!(error instanceof StaleConnection)) throw error;
    return postOnce(url, body, signal, false);
  }
}

class StaleConnection extends Error {}
class TooLarge extends Error {}

function postOnce(url: string, body: Uint8Array, signal: AbortSignal, keepAlive = true): Promise<Answer> {
  const { agent, request } = url.startsWith('https:') ? (secure ??= loadSecure()) : plain;
  const options: RequestOptions = {
    method: 'POST',
    agent: keepAlive ? agent : false,
    signal,
    headers: {
      'content-type': 'application/json',
      'content-length': body.byteLength,
      accept: 'application/json',
      'accept-encoding': 'identity',
    },
  };
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = request(url, options, (incoming) => {
      collect(incoming).then(resolve, (error: Error) => {
        outgoing.destroy();
        reject(error);
      });
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? new StaleConnection(error.message) : error);
    });
    outgoing.end(body);
  });
}

/** Node's TLS takes 6 MB, roots of certificates above all, and few servers forward to a service that wants it. */
function loadSecure(): typeof plain {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- synchronous and lazy
  const https = require('node:https') as typeof import('node:https');
  return { agent: new https.Agent(CONNECTIONS), request: https.request };
}

async function collect(incoming: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new TooLarge();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: body.subarray(byteOrderMarkOf(body)) };
}

function understand({ status, headers, body }: Answer, record: Pick<ServiceRecord, 'serviceId'>): ForwardedAnswer {
  const json = parseObject(body);
  const reason = body.subarray(0, MAX_REASON_CHARACTERS).toString('utf8');
  if (status >= 400 && status < 500) {
    const retryAfter = headers['retry-after'];
    const kept = retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } };
    if (json && typeof json.error === 'string') return { status, body, ...kept };
    const error = `The service ${record.serviceId} refused the request with ${status}${json ? '' : ' and no reason that can be read'}`;
    // What it says under names of its own (FastAPI: "detail") is kept.
    return { status, body: Buffer.from(JSON.stringify({ ...json, error })), ...kept };
  }
  if (status !== 200) throw invalid(record, `answered ${status}`, reason);
  if (!json) throw invalid(record, 'gave an answer that is not a JSON object', reason);
  if (!Object.hasOwn(json, 'prediction')) throw invalid(record, 'gave an answer without "prediction"', reason);
  return { status, body };
}

function parseObject(body: Buffer): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** What Node's TLS says of certificates: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED = /CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CRL_|_CA$|_NOT_BEFORE_|_NOT_AFTER_|HOSTNAME_MISMATCH/;

function unreachable(error: unknown): string {
  if (error instanceof TooLarge) return `gave an answer of more than ${MAX_ANSWER_BYTES / 1e6} MB`;
  const { code } = error as NodeJS.ErrnoException;
  if (code && UNTRUSTED.test(code)) return `has a certificate that this server does not trust (${code})`;
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EAI_AGAIN':
      return 'cannot be reached';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'closed the connection before its answer was complete';
    case 'EPROTO':
      return 'and this server could not agree on a secure connection';
    default:
      return 'gave no answer that can be understood';
  }
}

function invalid(record: Pick<ServiceRecord, 'serviceId'>, what: string, reason?: string): AppError {
  return new AppError('upstream_invalid', `The service ${record.serviceId} ${what}`, reason ? { reason } : {});
}
