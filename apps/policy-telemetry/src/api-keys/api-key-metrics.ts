import { Counter, type Registry } from 'prom-client';
import type { KeyVerdict } from './api-key-check.ts';

/** Figures of the authorizer `malla`. */
export class ApiKeyMetrics {
  readonly #checks: Counter;

  constructor(registry: Registry) {
    this.#checks = new Counter({
      name: 'malla_api_key_checks_total',
      help: 'Requests checked for an API key, by outcome: allowed, no_key, unknown_key, no_policy.',
      labelNames: ['outcome'],
      registers: [registry],
    });
  }

  checked({ outcome }: KeyVerdict): void {
    this.#checks.inc({ outcome });
  }
}
