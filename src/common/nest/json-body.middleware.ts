import type { NextFunction, Request, Response } from 'express';
import { AppError } from '../errors';
import { assertJsonType } from '../http/json-type';
import { readBody, type BodyBounds } from '../http/read-body';
import { parseJsonBody } from '../parse-json-body';
import type { RouteTable } from './route-table';

/**
 * Reads the body of a control route into `req.body`: JSON by default and without a content type; YAML text stays text
 * and multipart stays unread, for the routes that say they take it. Requests of unknown routes pass, to be refused.
 */
export function jsonBody(routes: () => RouteTable, bounds: BodyBounds) {
  return (req: Request, _res: Response, next: NextFunction): void => {
    const method = req.method;
    if (method === 'GET' || method === 'HEAD' || !routes().methodsOf(req.path).includes(method)) return next();
    const route = routes().patternOf(req.path);
    if (route === '/upload_model') return next();
    readControlBody(req, bounds).then((body) => {
      req.body = body;
      next();
    }, next);
  };
}

const YAML_TYPES = new Set(['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml']);

async function readControlBody(req: Request, bounds: BodyBounds): Promise<unknown> {
  const type = (req.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  const takesYaml = req.path.startsWith('/preprocessors/');
  const yaml = takesYaml && YAML_TYPES.has(type);
  if (!yaml) assertJsonType(req, takesYaml ? 'application/json or application/yaml' : undefined);
  const bytes = await readBody(req, bounds);
  if (bytes.length === 0) return undefined;
  const text = decodeUtf8(bytes);
  if (yaml) return text;
  const body = parseJsonBody(text);
  assertShallow(body);
  return body;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AppError('malformed_json', 'The body is not valid UTF-8', { cause: error });
  }
}

/** What validates and stores control bodies walks them by recursion; no honest one is nested as deep as this. */
const MAX_DEPTH = 64;

/** @throws AppError bad_request when the body is nested deeper; level by level, so that depth costs no stack here */
function assertShallow(body: unknown): void {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH)
      throw new AppError('bad_request', `expected JSON nested at most ${MAX_DEPTH} deep, found more`);
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : [],
    );
  }
}
