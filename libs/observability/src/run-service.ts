import { MallaError } from '@malla/model';
import { processInput, type SettingsOf, type SettingsSpec } from '@malla/settings';
import type { Logger } from 'pino';
import { logFields } from './log-fields.ts';
import type { CommonSettings } from './service-settings.ts';
import { HelpRequested, startService, type OpenService, type ServiceDefinition } from './start-service.ts';

/**
 * The whole `main.ts` of a service: starts it, ends it on SIGTERM or SIGINT (also while it is still starting), and turns failures into an
 * exit code: 0 for a clean end and for `--help`, 1 for a failure, 2 for bad settings.
 */
export async function runService<S extends SettingsSpec>(definition: ServiceDefinition<S>): Promise<void> {
  let ending = false;
  const onOpen = ({ context, close }: OpenService<S>): void => {
    const { shutdownTimeout } = context.settings as SettingsOf<CommonSettings>;
    exitOnCrash(context.logger);
    closeOnSignal({
      logger: context.logger,
      timeoutMs: shutdownTimeout,
      close() {
        ending = true;
        return close();
      },
    });
  };
  try {
    await startService(definition, processInput(), { onOpen });
  } catch (error) {
    // A start that was cut short by a signal is no failure; the signal's handler ends the process.
    if (!ending) process.exit(reportStartFailure(definition.name, error));
  }
}

export interface ShutdownParams {
  readonly logger: Logger;
  /** How long `close` may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly close: () => Promise<void>;
}

/** Ends the process gracefully on SIGTERM or SIGINT; a second signal, or the timeout, ends it at once with code 1. */
export function closeOnSignal(params: ShutdownParams): void {
  const { logger, timeoutMs, close } = params;
  let closing = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (closing) process.exit(1);
    closing = true;
    logger.info({ [logFields.signal]: signal }, 'Shutting down');
    setTimeout(() => {
      logger.error({ [logFields.durationMs]: timeoutMs }, 'Shutdown took too long');
      process.exit(1);
    }, timeoutMs).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ [logFields.error]: error }, 'Shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** A programmer's mistake leaves unknown state behind: log it and let the supervisor start afresh. */
function exitOnCrash(logger: Logger): void {
  const crash = (error: unknown): void => {
    logger.fatal({ [logFields.error]: error }, 'Unexpected failure');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

function reportStartFailure(name: string, error: unknown): number {
  if (error instanceof HelpRequested) {
    process.stdout.write(error.message);
    return 0;
  }
  if (error instanceof MallaError && error.code !== 'internal') {
    process.stderr.write(
      `${error.message
        .split('\n')
        .map((line) => `${name}: ${line}`)
        .join('\n')}\n`,
    );
    return error.code === 'invalid' ? 2 : 1;
  }
  process.stderr.write(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}
