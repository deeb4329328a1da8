import { BadRequestException, Controller, Get, Inject, Query } from '@nestjs/common';
import { parseDuration } from '@malla/model';
import { SignalStore, type Signal } from '@malla/telemetry';
import { queryOf } from './signals-service.ts';

/** Golden signals as JSON on the loopback HTTP port: `GET /api/v1/signals?window=5m&source=WORKLOAD&destination=SERVICE`. */
@Controller('api/v1/signals')
export class SignalsController {
  readonly #store: SignalStore;

  constructor(@Inject(SignalStore) store: SignalStore) {
    this.#store = store;
  }

  @Get()
  signals(
    @Query('window') window = '',
    @Query('source') source = '',
    @Query('destination') destination = '',
  ): { items: readonly Signal[] } {
    const windowMs = window === '' ? 0 : parseDuration(window);
    if (windowMs === undefined)
      throw new BadRequestException(`window: "${window}" is not a duration such as 5m or 90s`);
    return { items: this.#store.query(queryOf(windowMs, source, destination)) };
  }
}
