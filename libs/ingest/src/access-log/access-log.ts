import type { AccessLogConfig } from '@malla/proxy-config';
import type { AccessLog } from '@malla/protos/gen/envoy/config/accesslog/v3/accesslog_pb';
import { FileAccessLogSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import {
  HttpGrpcAccessLogConfigSchema,
  TcpGrpcAccessLogConfigSchema,
} from '@malla/protos/gen/envoy/extensions/access_loggers/grpc/v3/als_pb';
import { ConfigSchema as StatsConfigSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';
import {
  StderrAccessLogSchema,
  StdoutAccessLogSchema,
} from '@malla/protos/gen/envoy/extensions/access_loggers/stream/v3/stream_pb';
import { anyCase, unpack } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readFileSink, readStreamSink } from './file-sink.ts';
import { readLogFilter } from './filter.ts';
import { readHttpGrpcSink, readTcpGrpcSink } from './grpc-sink.ts';
import { readStatsSink } from './stats-sink.ts';

type Sink = AccessLogConfig['sink'];

const cases = [
  anyCase(FileAccessLogSchema, readFileSink),
  anyCase(StdoutAccessLogSchema, (reader): Sink => readStreamSink(reader, '/dev/stdout')),
  anyCase(StderrAccessLogSchema, (reader): Sink => readStreamSink(reader, '/dev/stderr')),
  anyCase(HttpGrpcAccessLogConfigSchema, (reader): Sink => readHttpGrpcSink(reader)),
  anyCase(TcpGrpcAccessLogConfigSchema, (reader): Sink => readTcpGrpcSink(reader)),
  anyCase(StatsConfigSchema, readStatsSink),
];

/** Access loggers in their order. */
export function readAccessLogs(readers: readonly FieldReader<AccessLog>[]): AccessLogConfig[] {
  return readers.flatMap((reader) => {
    const filter = reader.message('filter');
    const read = filter && readLogFilter(filter);
    const name = reader.take('name');
    const sink = reader.oneof<'configType', Sink | undefined>('configType', {
      typedConfig: (any) => unpack<Sink>(any, cases),
    });
    if (reader.caseOf('configType') === undefined) reader.reading.report(reader.path, 'has no typed_config');
    return sink ? [{ name, ...(read && { filter: read }), sink }] : [];
  });
}
