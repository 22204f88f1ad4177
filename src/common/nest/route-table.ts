import type { OpenAPIObject } from '@nestjs/swagger';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Which methods each path serves, read off the OpenAPI document, so that the two cannot differ. */
export class RouteTable {
  private readonly routes: { path: string; pattern: RegExp; methods: string[] }[] = [];

  constructor(document: Pick<OpenAPIObject, 'paths'>) {
    for (const [path, item] of Object.entries(document.paths)) {
      const methods: string[] = METHODS.filter((method) => item[method] !== undefined).map((method) =>
        method.toUpperCase(),
      );
      if (methods.includes('GET')) methods.push('HEAD');
      this.routes.push({ path, pattern: toPattern(path), methods });
    }
  }

  /** The documented form of a path, such as `/models/{id}`; the first in alphabetical order when several match. */
  patternOf(path: string): string | undefined {
    const bare = withoutSlash(path);
    return this.routes.find(({ pattern }) => pattern.test(bare))?.path;
  }

  /** Methods of the path, over all routes that match it; empty when the path is unknown. */
  methodsOf(path: string): string[] {
    const bare = withoutSlash(path);
    return [...new Set(this.routes.filter(({ pattern }) => pattern.test(bare)).flatMap(({ methods }) => methods))];
  }
}

function toPattern(path: string): RegExp {
  const source = path
    .split(/\{[^}]*\}/)
    .map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^/]+');
  return new RegExp(`^${source}$`);
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
