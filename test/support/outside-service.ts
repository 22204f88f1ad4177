import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (res: ServerResponse, body: string, req: IncomingMessage) => void;

/** A model service of somebody else's, in this process: what it was asked, and an answer of the test's choice. */
export class OutsideService {
  readonly asked: { path: string; body: string; headers: IncomingMessage['headers'] }[] = [];

  private constructor(private readonly server: Server) {}

  static async start(answer: Answer): Promise<OutsideService> {
    const server = createServer();
    const service = new OutsideService(server);
    server.on('request', (req: IncomingMessage, res: ServerResponse) => {
      let body = '';
      req.setEncoding('utf8').on('data', (text: string) => (body += text));
      req.on('end', () => {
        service.asked.push({ path: req.url ?? '', body, headers: req.headers });
        answer(res, body, req);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

/** Answers JSON. */
export function says(status: number, json: unknown): Answer {
  return (res) => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  };
}
