import { resolve } from 'node:path';
import { tmpdir } from 'node:os';
import type { Reply } from './http-client';

const INSIDES = [resolve(__dirname, '../..'), `${tmpdir()}/`, 'node_modules', '.js:', '.ts:', 'at Object.'];

/** An error as the contract has it: JSON with a sentence, a code and the request's id, and nothing of the server's inside. */
export function expectProblem(reply: Reply, status: number | number[], mentions?: string | RegExp): void {
  const seen = `${reply.status} ${reply.text.slice(0, 300)}`;
  const wanted = Array.isArray(status) ? status : [status];
  expect({ wanted, ok: wanted.includes(reply.status), seen }).toEqual({ wanted, ok: true, seen });
  expect(reply.headers['content-type']).toBe('application/json');
  expect(typeof reply.json?.error).toBe('string');
  expect(reply.json.error.length).toBeGreaterThan(10);
  expect(reply.json.code).toMatch(/^[a-z_]+$/);
  expect(reply.json.request_id).toBe(reply.headers['x-request-id']);
  expect(INSIDES.filter((inside) => reply.text.includes(inside))).toEqual([]);
  if (mentions !== undefined) expect(reply.text).toMatch(mentions);
  if (reply.status === 405) expect(reply.headers.allow).toMatch(/[A-Z]/);
  if (reply.status === 429 || reply.status === 503) expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
}
