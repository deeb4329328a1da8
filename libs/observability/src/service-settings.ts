import { choice, duration, port, setting, text } from '@malla/settings';
import { logLevels } from './logger.ts';

/** The settings that every service has. */
export function commonSettings(defaultHttpPort: string) {
  return {
    httpHost: setting({
      env: 'MALLA_HTTP_HOST',
      schema: text(),
      default: '127.0.0.1',
      description: 'Address of health and metrics over HTTP.',
    }),
    httpPort: setting({
      env: 'MALLA_HTTP_PORT',
      schema: port(),
      default: defaultHttpPort,
      description: 'Port of health and metrics over HTTP.',
    }),
    logLevel: setting({
      env: 'MALLA_LOG_LEVEL',
      schema: choice(logLevels),
      default: 'info',
      description: 'How much is logged.',
    }),
    shutdownTimeout: setting({
      env: 'MALLA_SHUTDOWN_TIMEOUT',
      schema: duration({ min: 100 }),
      default: '10s',
      description: 'How long work in hand may take after SIGTERM.',
    }),
  };
}

/** See {@link commonSettings}. */
export type CommonSettings = ReturnType<typeof commonSettings>;
