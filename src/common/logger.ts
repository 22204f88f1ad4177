import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Level, type Logger, pino, stdTimeFunctions } from 'pino';

/**
 * The process's log: one JSON object a line on standard output, with `time` in ISO 8601, `level` by name, `msg`, and
 * whatever members the entry has (`request_id`, `model_id`, `context` ...). Nest logs through it too.
 */
export class AppLogger implements LoggerService {
  private readonly pino: Logger;

  /** @param level the least level that is written; `silent` writes nothing */
  constructor(level: Level | 'silent', destination?: DestinationStream) {
    const options = {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (name: string) => ({ level: name }) },
    };
    this.pino = destination ? pino(options, destination) : pino(options);
  }

  /** Writes one line with members of its own. */
  write(level: Level, message: string, members: Record<string, unknown> = {}): void {
    this.pino[level](members, message);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.fromNest('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.fromNest('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.fromNest('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.fromNest('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.fromNest('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.fromNest('fatal', message, rest);
  }

  /** Nest passes the context last, a stack before it where there is one, and objects in place of texts. */
  private fromNest(level: Level, message: unknown, rest: unknown[]): void {
    const context = typeof rest.at(-1) === 'string' ? rest.pop() : undefined;
    const members = { ...(context !== undefined && { context }), ...(rest.length > 0 && { details: rest }) };
    if (message instanceof Error) this.write(level, message.message, { ...members, err: message });
    else if (typeof message === 'object' && message !== null) {
      const { message: text, ...own } = message as { message?: unknown };
      this.write(level, typeof text === 'string' ? text : '', { ...members, ...own });
    } else this.write(level, String(message), members);
  }
}
