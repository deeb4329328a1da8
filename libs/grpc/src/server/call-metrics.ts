import type { DescMethod } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { MallaError } from '@malla/model';
import { Counter, Histogram, type Registry } from 'prom-client';
import { statusOf } from '../status.ts';

const labelNames = ['grpc_service', 'grpc_method', 'grpc_type'] as const;

/** The usual server metrics of go-grpc-middleware, so that existing dashboards fit. Streams are counted, not timed. */
export class CallMetrics {
  readonly #handled: Counter<'grpc_service' | 'grpc_method' | 'grpc_type' | 'grpc_code'>;
  readonly #seconds: Histogram<'grpc_service' | 'grpc_method' | 'grpc_type'>;

  constructor(registry: Registry) {
    this.#handled = new Counter({
      name: 'grpc_server_handled_total',
      help: 'Calls that ended, by status.',
      labelNames: [...labelNames, 'grpc_code'],
      registers: [registry],
    });
    this.#seconds = new Histogram({
      name: 'grpc_server_handling_seconds',
      help: 'Time to answer a unary call.',
      labelNames: [...labelNames],
      registers: [registry],
    });
  }

  observe(method: DescMethod, error: MallaError | undefined, durationMs: number): void {
    const labels = { grpc_service: method.parent.typeName, grpc_method: method.name, grpc_type: method.methodKind };
    const code = error === undefined ? status.OK : statusOf(error).code;
    this.#handled.inc({ ...labels, grpc_code: status[code] });
    if (method.methodKind === 'unary') this.#seconds.observe(labels, durationMs / 1_000);
  }
}
