import { Controller, Get, Header, HttpCode, HttpException, Inject, Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { Health, type HealthReport } from './health.ts';

/** Injection token of the service's logger (pino). */
export const LOGGER = Symbol('LOGGER');
/** Injection token of the service's metrics registry (prom-client). */
export const METRICS = Symbol('METRICS');

export interface ObservabilityOptions {
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly health: Health;
}

/** Kubernetes-style probes. The body says which check is at fault. */
@Controller('healthz')
class HealthController {
  readonly #health: Health;

  constructor(@Inject(Health) health: Health) {
    this.#health = health;
  }

  @Get('live')
  @HttpCode(200)
  live(): HealthReport {
    return orUnavailable(this.#health.report(), (report) => report.live);
  }

  @Get('ready')
  @HttpCode(200)
  ready(): HealthReport {
    return orUnavailable(this.#health.report(), (report) => report.ready);
  }
}

/** Prometheus' text format. */
@Controller('metrics')
class MetricsController {
  readonly #metrics: Registry;

  constructor(@Inject(METRICS) metrics: Registry) {
    this.#metrics = metrics;
  }

  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  metrics(): Promise<string> {
    return this.#metrics.metrics();
  }
}

/** Serves /healthz/live, /healthz/ready and /metrics, and gives every module LOGGER, METRICS and Health. */
@Module({})
export class ObservabilityModule {
  static forRoot(options: ObservabilityOptions): DynamicModule {
    return {
      module: ObservabilityModule,
      global: true,
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: LOGGER, useValue: options.logger },
        { provide: METRICS, useValue: options.metrics },
        { provide: Health, useValue: options.health },
      ],
      exports: [LOGGER, METRICS, Health],
    };
  }
}

function orUnavailable(report: HealthReport, good: (report: HealthReport) => boolean): HealthReport {
  if (good(report)) return report;
  throw new HttpException(report, 503);
}
