import { Module, type DynamicModule } from '@nestjs/common';
import { SignalStore } from '@malla/telemetry';
import { SignalsController } from './signals/signals.controller.ts';

/** The HTTP face of policy-telemetry. */
@Module({})
export class PolicyTelemetryModule {
  static forRoot(store: SignalStore): DynamicModule {
    return {
      module: PolicyTelemetryModule,
      controllers: [SignalsController],
      providers: [{ provide: SignalStore, useValue: store }],
    };
  }
}
