import type { SpanTagConfig } from '@malla/proxy-config';
import type { CustomTag } from '@malla/protos/gen/envoy/type/tracing/v3/custom_tag_pb';
import { CustomTag_ValueType as ValueType } from '@malla/protos/gen/envoy/type/tracing/v3/custom_tag_pb';
import { readFormat } from '../access-log/format-text.ts';
import type { FieldReader } from '../wire/field-reader.ts';

/** Attributes of every span; of several with one name the last counts, as in Envoy. Metadata is refused. */
export function readSpanTags(readers: readonly FieldReader<CustomTag>[]): SpanTagConfig[] {
  const tags = new Map<string, SpanTagConfig>();
  for (const reader of readers) {
    const name = reader.take('tag');
    const value = readValue(reader);
    if (value) tags.set(name, { name, value });
  }
  return [...tags.values()];
}

function readValue(reader: FieldReader<CustomTag>): SpanTagConfig['value'] | undefined {
  reader.expect('valueType', ValueType.STRING);
  return reader.oneof<'type', SpanTagConfig['value'] | undefined>('type', {
    literal: (literal) => ({ kind: 'literal', text: literal.take('value') }),
    environment: (variable) => {
      const otherwise = variable.take('defaultValue');
      const text = reader.reading.environment[variable.take('name')] ?? otherwise;
      return text === '' ? undefined : { kind: 'literal', text };
    },
    requestHeader: (header) => {
      const otherwise = header.take('defaultValue');
      const name = header.take('name').toLowerCase();
      return { kind: 'header', header: name, ...(otherwise !== '' && { otherwise }) };
    },
    value: (format, path) => ({
      kind: 'format',
      format: readFormat(format, (problem) => reader.reading.report(path, problem)),
    }),
  });
}
