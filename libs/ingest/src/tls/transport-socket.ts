import type { DownstreamTlsConfig, UpstreamTransport } from '@malla/proxy-config';
import type { TransportSocket } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { RawBufferSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb';
import {
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { anyCase, unpack, type AnyCase } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readDownstreamTls } from './downstream-tls.ts';
import { readUpstreamTls } from './upstream-tls.ts';

const downstream: readonly AnyCase<DownstreamTlsConfig | undefined>[] = [
  anyCase(RawBufferSchema, () => undefined),
  anyCase(DownstreamTlsContextSchema, readDownstreamTls),
];

const upstream: readonly AnyCase<UpstreamTransport>[] = [
  anyCase(RawBufferSchema, () => ({ kind: 'plain' })),
  anyCase(UpstreamTlsContextSchema, (reader) => ({ kind: 'tls', tls: readUpstreamTls(reader) })),
];

/** The transport of a filter chain; undefined for plain text. */
export function readDownstreamSocket(
  reader: FieldReader<TransportSocket> | undefined,
): DownstreamTlsConfig | undefined {
  return reader && readSocket(reader, downstream);
}

/** The transport to endpoints; plain text when absent. */
export function readUpstreamSocket(reader: FieldReader<TransportSocket> | undefined): UpstreamTransport {
  return (reader && readSocket(reader, upstream)) ?? { kind: 'plain' };
}

function readSocket<R>(reader: FieldReader<TransportSocket>, cases: readonly AnyCase<R>[]): R | undefined {
  // Extensions are found by the type of their configuration; the name is for people.
  reader.ignore('name');
  if (reader.caseOf('configType') === undefined) reader.reading.report(reader.path, 'has no typed_config');
  return reader.oneof<'configType', R | undefined>('configType', { typedConfig: (any) => unpack(any, cases) });
}
