import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  bytes: Buffer;
  /** The body as JSON. Typed loosely, because a test looks into whatever the server has sent. */
  json: JsonBody;
}

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- a reply's shape is what the tests are about */
export type JsonBody = any;

export interface RequestOptions {
  method?: string;
  /** Sent as JSON; `body` is sent as it is. */
  json?: unknown;
  body?: string | Buffer;
  headers?: Record<string, string>;
  agent?: Agent;
  timeoutMs?: number;
}

/** One HTTP request on a connection of its own, unless an agent says otherwise. Rejects only when there is no reply. */
export function send(url: string, options: RequestOptions = {}): Promise<Reply> {
  const body = options.json === undefined ? options.body : JSON.stringify(options.json);
  const headers: Record<string, string> = { ...options.headers };
  if (options.json !== undefined) headers['content-type'] ??= 'application/json';
  const chunked = headers['transfer-encoding'] === 'chunked';
  if (body !== undefined && !chunked) headers['content-length'] ??= String(Buffer.byteLength(body));
  return new Promise((resolve, reject) => {
    const method = options.method ?? (body === undefined ? 'GET' : 'POST');
    const request = httpRequest(url, { method, headers, agent: options.agent ?? false });
    request.setTimeout(options.timeoutMs ?? 30_000, () => request.destroy(new Error(`no answer from ${url} in time`)));
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, bytes, json: parsed(text) });
      });
    });
    request.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function post(url: string, json: unknown, options: RequestOptions = {}): Promise<Reply> {
  return send(url, { ...options, method: 'POST', json });
}

/** Calls until it is true, or fails with what it was about: for states that change by themselves. */
export async function until(what: string, test: () => Promise<boolean> | boolean, timeoutMs = 10_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await test())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Whether somebody listens at the port. */
export async function listens(port: number): Promise<boolean> {
  return send(`http://127.0.0.1:${port}/health`).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ECONNREFUSED',
  );
}
