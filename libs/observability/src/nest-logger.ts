import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Sends NestJS's own messages to the service's log. Its start-up chatter is debug; its warnings and errors stay what they are. */
export class NestLogger implements LoggerService {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#logger.debug({ context: rest.at(-1) }, String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#logger.warn({ context: rest.at(-1) }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const err = message instanceof Error ? message : undefined;
    this.#logger.error({ err, context: rest.at(-1) }, err?.message ?? String(message));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#logger.fatal({ context: rest.at(-1) }, String(message));
  }

  debug(message: unknown): void {
    this.#logger.trace(String(message));
  }

  verbose(message: unknown): void {
    this.#logger.trace(String(message));
  }
}
