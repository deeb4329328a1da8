import type { ResponseHead } from '@malla/http-codec';
import type { GrpcStatsConfig } from '@malla/proxy-config';
import { GrpcMessages } from '../stream/grpc-messages.ts';
import { isGrpcContentType } from '../stream/grpc.ts';
import type { Stream } from '../stream/stream.ts';
import type { HttpFilter } from './http-filter.ts';

/** Counts the messages of gRPC calls, for access logs. Source: Envoy's source/extensions/filters/http/grpc_stats/grpc_stats_filter.cc. */
export class GrpcStatsFilter implements HttpFilter {
  readonly name: string;
  readonly #counts: boolean;

  constructor({ name, config, disabled }: { name: string; config: GrpcStatsConfig; disabled: boolean }) {
    this.name = name;
    this.#counts = config.emitFilterState && !disabled;
  }

  onRequest(stream: Stream): boolean {
    if (this.#counts && stream.isGrpc && stream.filterConfig(this.name)?.kind !== 'disabled') {
      stream.grpcMessages = { requests: new GrpcMessages(), responses: undefined };
    }
    return true;
  }

  onResponse(stream: Stream, { status, headers }: ResponseHead): void {
    const { grpcMessages } = stream;
    if (grpcMessages === undefined || status !== 200 || !isGrpcContentType(headers.first('content-type'))) return;
    grpcMessages.responses = new GrpcMessages();
  }
}
