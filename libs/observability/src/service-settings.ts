import { choice, duration, integer, optionalSetting, port, setting, text, url } from '@malla/settings';
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
    tracesUrl: optionalSetting({
      env: 'MALLA_TRACES_URL',
      schema: url(['http', 'https']),
      description:
        "Where spans of the service's own work go by OTLP over HTTP, such as http://jaeger:4318/v1/traces. Without it none are made.",
    }),
    tracesPercent: setting({
      env: 'MALLA_TRACES_PERCENT',
      schema: integer({ min: 0, max: 100 }),
      default: '100',
      description: 'How many of 100 traces that begin in the service are kept; of others those that the caller keeps.',
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
