import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { AccessLogConfig, JsonLogFields, LogFormat } from '@malla/proxy-config';
import type { SubstitutionFormatString } from '@malla/protos/gen/envoy/config/core/v3/substitution_format_string_pb';
import type { FileAccessLog } from '@malla/protos/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import type {
  StderrAccessLog,
  StdoutAccessLog,
} from '@malla/protos/gen/envoy/extensions/access_loggers/stream/v3/stream_pb';
import { readDataSource } from '../wire/data-source.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readFormat } from './format-text.ts';

type FileSink = AccessLogConfig['sink'];

/** What Envoy writes without a format. Source: Envoy's "Default format string" */
const defaultFormat: LogFormat = {
  kind: 'text',
  format:
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% ' +
    '%RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% ' +
    '"%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" ' +
    '"%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n',
};

/** Lines in a file. */
export function readFileSink(reader: FieldReader<FileAccessLog>): FileSink {
  const format = reader.oneof<'accessLogFormat', LogFormat | undefined>('accessLogFormat', {
    format: (text, path) => textFormat(text, path, reader),
    // The old form writes every value as a text.
    jsonFormat: (fields, path) => ({ ...jsonFormat(fields, path, reader), textsOnly: true }),
    typedJsonFormat: (fields, path) => jsonFormat(fields, path, reader),
    logFormat: readLogFormat,
  });
  return { kind: 'file', path: reader.take('path'), format: format ?? defaultFormat };
}

/** Lines on standard output or standard error. */
export function readStreamSink(
  reader: FieldReader<StdoutAccessLog> | FieldReader<StderrAccessLog>,
  path: string,
): FileSink {
  const format = (reader as FieldReader<StdoutAccessLog>).oneof<'accessLogFormat', LogFormat | undefined>(
    'accessLogFormat',
    {
      logFormat: readLogFormat,
    },
  );
  return { kind: 'file', path, format: format ?? defaultFormat };
}

function readLogFormat(reader: FieldReader<SubstitutionFormatString>): LogFormat | undefined {
  const omitEmpty = reader.take('omitEmptyValues');
  const format = readFields(reader);
  return format && (omitEmpty ? { ...format, omitEmpty } : format);
}

function readFields(reader: FieldReader<SubstitutionFormatString>): LogFormat | undefined {
  return reader.oneof<'format', LogFormat>('format', {
    textFormat: (text, path) => textFormat(text, path, reader),
    textFormatSource: (source, path) => textFormat(readDataSource(source), path, reader),
    jsonFormat: (fields, path) => jsonFormat(fields, path, reader),
  });
}

type JsonFormat = Extract<LogFormat, { kind: 'json' }>;
type Reporter = Pick<FieldReader<FileAccessLog>, 'reading'>;

function textFormat(format: string, path: string, { reading }: Reporter): LogFormat {
  return { kind: 'text', format: readFormat(format, (problem) => reading.report(path, problem)) };
}

function jsonFormat(object: JsonObject, path: string, { reading }: Reporter): JsonFormat {
  const read = (value: JsonValue, at: string): JsonLogFields[string] => {
    if (typeof value === 'string') return readFormat(value, (problem) => reading.report(at, problem));
    if (typeof value === 'number' || typeof value === 'boolean') return value;
    if (value !== null && !Array.isArray(value)) return fields(value, at);
    reading.report(at, 'must be an object, text, number or boolean');
    return '';
  };
  const fields = (value: JsonObject, at: string): JsonLogFields =>
    Object.fromEntries(Object.entries(value).map(([key, each]) => [key, read(each, `${at}.${key}`)]));
  return { kind: 'json', fields: fields(object, path) };
}
