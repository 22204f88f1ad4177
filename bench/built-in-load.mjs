import { connect } from 'node:net';

/**
 * A closed-loop generator for machines without wrk: keep-alive connections, each with one request under way, replies
 * read by their Content-Length. It runs in this process, and takes about as much CPU as the server it loads.
 */
export async function runBuiltIn({ url, body, type, accept, connections, seconds }) {
  const { hostname, port, pathname } = new URL(url);
  const head = `POST ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: ${type}\r\nAccept: ${accept}\r\n`;
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  const request = Buffer.concat([Buffer.from(head + length), Buffer.from(body)]);
  const latenciesMs = [];
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  const one = () => loop({ host: hostname, port: Number(port), request, until, latenciesMs });
  await Promise.all(Array.from({ length: connections }, one));
  const elapsedS = (performance.now() - startedAt) / 1000;
  latenciesMs.sort((a, b) => a - b);
  const at = (share) => latenciesMs[Math.max(0, Math.ceil(share * latenciesMs.length) - 1)];
  const count = latenciesMs.length;
  return { count, perSecond: count / elapsedS, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function loop({ host, port, request, until, latenciesMs }) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.setNoDelay(true);
    let sentAt = 0;
    let missing = 0;
    const send = () => {
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on('connect', send).on('error', reject);
    socket.on('data', (chunk) => {
      if (missing === 0) {
        const reply = replyLength(chunk);
        if (!reply) return socket.destroy(new Error(`unexpected reply: ${chunk.toString('latin1', 0, 200)}`));
        missing = reply;
      }
      missing -= chunk.length;
      if (missing > 0) return;
      const now = performance.now();
      latenciesMs.push(now - sentAt);
      if (now < until) return send();
      socket.end();
      resolve();
    });
  });
}

/** Bytes of the whole reply whose head is at the start of this chunk; 0 when it is no success or the head is cut. */
function replyLength(chunk) {
  const headEnd = chunk.indexOf('\r\n\r\n');
  const head = chunk.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  return headEnd > 0 && head.startsWith('HTTP/1.1 200') && length !== undefined ? headEnd + 4 + Number(length) : 0;
}
