import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Makes a server answer `Expect: 100-continue` when a handler begins to read the body, and not before: a refusal that
 * is decided from the head (too large, wrong type, queue full) then reaches the client before it sends anything.
 * Any other expectation is passed over, as RFC 9110 allows; Node would refuse it without a word.
 */
export function continueOnRead(server: Server): void {
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    const invite = (): void => {
      if (!res.headersSent) res.writeContinue();
    };
    // 'resume' comes when anything starts the flow: a data listener, a pipe, resume().
    req.once('resume', invite);
    server.emit('request', req, res);
  });
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
}
