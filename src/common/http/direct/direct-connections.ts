import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { DirectConnection, type DirectOwner, type FindDirectRoute } from './direct-connection';

/** Also how long the rest of a body is waited for here at most. */
const SWEEP_MS = 1_000;

/** The connections of a listener that have not gone to Node's HTTP server yet. Every connection begins here. */
export class DirectConnections implements DirectOwner {
  private readonly open = new Set<DirectConnection>();
  private sweep: NodeJS.Timeout | null = null;
  private closing = false;

  private constructor(
    readonly find: FindDirectRoute,
    private readonly toNode: (socket: Socket) => void,
    private readonly keepAliveMs: number,
  ) {}

  get keepAliveSeconds(): number {
    return Math.floor(this.keepAliveMs / 1000);
  }

  get isClosing(): boolean {
    return this.closing;
  }

  /** Takes the connections of a server in its place. To be called before it listens, and when nobody else looks at them. */
  static inFrontOf(server: Server, find: FindDirectRoute): DirectConnections {
    const listeners = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
    const toNode = (socket: Socket): void => listeners.forEach((listener) => listener.call(server, socket));
    const connections = new DirectConnections(find, toNode, server.keepAliveTimeout);
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => connections.accept(socket));
    return connections;
  }

  /** From now on each connection ends with its next answer. */
  startClosing(): void {
    this.closing = true;
  }

  /** Ends those that nothing is asked on. */
  closeIdle(): void {
    for (const connection of this.open) if (!connection.isBusy && !connection.isPartial) connection.socket.destroy();
  }

  closeAll(): void {
    for (const connection of this.open) connection.socket.destroy();
  }

  handOver(connection: DirectConnection, bytes: Buffer): void {
    const { socket } = connection;
    connection.release();
    this.closed(connection);
    this.toNode(socket);
    socket.unshift(bytes);
    socket.resume();
  }

  closed(connection: DirectConnection): void {
    this.open.delete(connection);
    if (this.open.size > 0 || !this.sweep) return;
    clearInterval(this.sweep);
    this.sweep = null;
  }

  private accept(socket: Socket): void {
    this.open.add(new DirectConnection(socket, this));
    this.sweep ??= setInterval(() => this.look(), SWEEP_MS).unref();
  }

  private look(): void {
    for (const connection of this.open) {
      if (connection.isBusy) continue;
      if (connection.isPartial) connection.giveUpWaiting();
      else if (++connection.idleSweeps * SWEEP_MS > this.keepAliveMs) connection.socket.destroy();
    }
  }
}
