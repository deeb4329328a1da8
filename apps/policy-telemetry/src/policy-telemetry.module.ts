import { Module, type DynamicModule } from '@nestjs/common';
import { SignalQueries } from './signals/signal-queries.ts';
import { SignalsController } from './signals/signals.controller.ts';

/** The HTTP face of policy-telemetry. */
@Module({})
export class PolicyTelemetryModule {
  static forRoot(queries: SignalQueries): DynamicModule {
    return {
      module: PolicyTelemetryModule,
      controllers: [SignalsController],
      providers: [{ provide: SignalQueries, useValue: queries }],
    };
  }
}
