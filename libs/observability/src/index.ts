// Running a service
export {
  HelpRequested,
  startService,
  type OpenService,
  type RunningService,
  type ServiceContext,
  type ServiceDefinition,
  type StartOptions,
} from './start-service.ts';
export { closeOnSignal, runService, type ShutdownParams } from './run-service.ts';
export { commonSettings, type CommonSettings } from './service-settings.ts';
export { listenFailure, type ListenFailureParams } from './listen-failure.ts';
// Logs
export { createLogger, logLevels, type LoggerParams, type LogLevel } from './logger.ts';
export { logFields } from './log-fields.ts';
export { NestLogger } from './nest-logger.ts';
// Metrics
export { buildName, createMetrics, watchHealth } from './metrics.ts';
// Traces
export { inSpan, inSpanSync, receivedContext, sendContext, type SpanParams } from './tracing/spans.ts';
export { traceRequests } from './tracing/http-spans.ts';
// Health
export { Health, type CheckReport, type CheckState, type HealthCheck, type HealthReport } from './health.ts';
// NestJS
export { LOGGER, METRICS, ObservabilityModule, type ObservabilityOptions } from './observability.module.ts';
