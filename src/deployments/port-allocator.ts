import { AppError } from '../common/errors';
import { type Handlers, Listener } from '../common/http/listener';

const LAST_PORT = 65_535;

/** Binds listeners of deployments: on the port asked for, or on the first free one from `SERVICE_PORT_BASE` upward. */
export class PortAllocator {
  constructor(
    private readonly host: string,
    private readonly base: number,
  ) {}

  /** @throws AppError port_taken when it is in use */
  bind(handlers: Handlers, port: number): Promise<Listener> {
    return Listener.bind(handlers, this.host, port);
  }

  /**
   * On the first port that is free.
   * @param reserved ports that belong to other deployments, bound or not
   * @throws AppError port_taken when every port is in use
   */
  async bindFree(handlers: Handlers, reserved: ReadonlySet<number>): Promise<Listener> {
    for (let candidate = this.base; candidate <= LAST_PORT; candidate++) {
      if (reserved.has(candidate)) continue;
      try {
        return await Listener.bind(handlers, this.host, candidate);
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'port_taken')) throw error;
      }
    }
    throw new AppError('port_taken', `no port from ${this.base} to ${LAST_PORT} is free`);
  }
}
