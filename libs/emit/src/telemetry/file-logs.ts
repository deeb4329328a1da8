import type { JsonObject, MessageInitShape } from '@bufbuild/protobuf';
import type { AccessLogIr, LogFieldsIr } from '@malla/ir';
import { AccessLogType } from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import type { AccessLogFilterSchema, AccessLogSchema } from '@malla/protos/gen/envoy/config/accesslog/v3/accesslog_pb';
import { FileAccessLogSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import { ExpressionFilterSchema } from '@malla/protos/gen/envoy/extensions/access_loggers/filters/cel/v3/cel_pb';
import { extension } from '../wire/typed-config.ts';
import { ofType } from './istio-metrics.ts';

type AccessLog = MessageInitShape<typeof AccessLogSchema>;
type Filter = MessageInitShape<typeof AccessLogFilterSchema>;

/** Lines in files of the proxy. `tcp`: of connections, which are logged only when they end. Source: Istio pilot/pkg/networking/core, accesslog.go */
export function fileLogs(logs: readonly AccessLogIr[], traffic: 'http' | 'tcp'): AccessLog[] {
  return logs.map(({ path, format, omitEmpty, condition }) => {
    const filters = [
      ...(traffic === 'tcp' ? [ofType(AccessLogType.TcpConnectionEnd)] : []),
      ...(condition === undefined ? [] : [meets(condition)]),
    ];
    return {
      ...extension('envoy.access_loggers.file', FileAccessLogSchema, {
        path,
        accessLogFormat: { case: 'logFormat', value: { format: logFormat(format), omitEmptyValues: omitEmpty } },
      }),
      ...all(filters),
    };
  });
}

function all(filters: readonly Filter[]): { filter?: Filter } {
  const [first, ...rest] = filters;
  if (first === undefined) return {};
  if (rest.length === 0) return { filter: first };
  return { filter: { filterSpecifier: { case: 'andFilter', value: { filters: [...filters] } } } };
}

/** Entries that meet a condition in CEL. */
function meets(expression: string): Filter {
  const name = 'envoy.access_loggers.extension_filters.cel';
  const value = extension(name, ExpressionFilterSchema, { expression });
  return { filterSpecifier: { case: 'extensionFilter', value } };
}

function logFormat(format: AccessLogIr['format']) {
  if (format.kind === 'json') return { case: 'jsonFormat' as const, value: jsonOf(format.fields) };
  const specifier = { case: 'inlineString' as const, value: `${format.line}\n` };
  return { case: 'textFormatSource' as const, value: { specifier } };
}

function jsonOf(fields: LogFieldsIr): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'object' ? jsonOf(value) : value]),
  );
}
