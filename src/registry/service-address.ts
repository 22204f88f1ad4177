import { AppError } from '../common/errors';

export interface ServiceAddress {
  serviceUrl: string;
  host: string;
  port: number;
}

export interface AddressParts {
  service_url?: string | null | undefined;
  host?: string | null | undefined;
  port?: number | null | undefined;
}

/**
 * The address of an outside service from what it said: a `service_url` (http or https, a path allowed), or `host` and
 * `port`. What it said of host and port beside a URL is kept as said.
 * @throws AppError bad_request
 */
export function readServiceAddress({ service_url, host, port }: AddressParts): ServiceAddress {
  if (typeof service_url === 'string') {
    const url = readServiceUrl(service_url);
    return {
      serviceUrl: (url.origin + url.pathname).replace(/\/+$/, ''),
      host: host ?? url.hostname.replace(/^\[|\]$/g, ''),
      port: port ?? Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    };
  }
  if (!host || !port) throw new AppError('bad_request', 'Expected service_url, or host and port; found neither');
  return { serviceUrl: originOf(host, port), host, port };
}

function readServiceUrl(text: string): URL {
  const url = parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new AppError('bad_request', `service_url must be an http or https URL, found ${show(text)}`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new AppError('bad_request', 'service_url must have no user name, query or fragment');
  }
  return url;
}

function originOf(host: string, port: number): string {
  const url = parse(`http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`);
  if (!url || url.pathname !== '/' || url.search || url.hash || url.username) {
    throw new AppError('bad_request', `host must be a host name or an address, found ${show(host)}`);
  }
  return url.origin;
}

function parse(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
