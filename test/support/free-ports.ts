import { createServer } from 'node:net';

/** Ports a test server may take: main, three dedicated listeners, then those of its deployments. */
const BLOCK_SIZE = 30;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * First port of a block that is free now, below the range from which the kernel takes ports of its own.
 * Jest's workers look in ranges of their own, so that two of them never choose the same block.
 */
export async function freePortBlock(): Promise<number> {
  const lane = Number(process.env.JEST_WORKER_ID ?? 0) % 8;
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 12_000 + lane * 2_400 + Math.floor(Math.random() * 70) * BLOCK_SIZE;
    const ports = Array.from({ length: BLOCK_SIZE }, (_, offset) => base + offset);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
  throw new Error('found no block of free ports');
}
