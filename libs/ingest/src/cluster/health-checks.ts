import type { HealthCheckConfig } from '@malla/proxy-config';
import { RequestMethod } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { HealthCheck, HealthCheck_HttpHealthCheck } from '@malla/protos/gen/envoy/config/core/v3/health_check_pb';
import { CodecClientType } from '@malla/protos/gen/envoy/type/v3/http_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readHeaderEdit } from '../wire/header-edits.ts';

type Check = HealthCheckConfig['check'];

/** An active health check. */
export function readHealthCheck(reader: FieldReader<HealthCheck>): HealthCheckConfig {
  const check = reader.oneof<'healthChecker', Check>('healthChecker', {
    tcpHealthCheck: () => ({ kind: 'tcp' }),
    httpHealthCheck: readHttpCheck,
    grpcHealthCheck: (grpc) => ({
      kind: 'grpc',
      service: grpc.take('serviceName'),
      authority: grpc.take('authority'),
    }),
  });
  // Each check has a connection of its own.
  reader.ignore('reuseConnection');
  return {
    name: reader.take('name'),
    timeoutMs: reader.duration('timeout') ?? 0,
    intervalMs: reader.duration('interval') ?? 0,
    unhealthyThreshold: reader.take('unhealthyThreshold') ?? 0,
    healthyThreshold: reader.take('healthyThreshold') ?? 0,
    intervalJitterMs: reader.duration('intervalJitter') ?? 0,
    noTrafficIntervalMs: reader.duration('noTrafficInterval') ?? 60_000,
    check: check ?? { kind: 'tcp' },
  };
}

function readHttpCheck(reader: FieldReader<HealthCheck_HttpHealthCheck>): Check {
  const method = reader.take('method');
  const statuses = reader.messages('expectedStatuses').map((range) => {
    const start = Number(range.take('start'));
    const end = Number(range.take('end'));
    if (start >= end || start < 100 || end > 600) range.reading.report(range.path, 'is no range of status codes');
    return { start, end };
  });
  return {
    kind: 'http',
    host: reader.take('host'),
    path: reader.take('path'),
    method: method === RequestMethod.METHOD_UNSPECIFIED ? 'GET' : (RequestMethod[method] ?? 'GET'),
    expectedStatuses: statuses.length > 0 ? statuses : [{ start: 200, end: 201 }],
    http2: reader.choice('codecClientType', { [CodecClientType.HTTP1]: false, [CodecClientType.HTTP2]: true }) ?? false,
    // The request is made here, so there is nothing to append to or to overwrite.
    requestHeadersToAdd: reader.messages('requestHeadersToAdd').flatMap((header) => {
      const edit = readHeaderEdit(header);
      return edit ? [edit.header] : [];
    }),
  };
}
