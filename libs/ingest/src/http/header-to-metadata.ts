import type { HeaderToMetadataConfig } from '@malla/proxy-config';
import {
  Config_ValueEncode as Encode,
  Config_ValueType as Type,
  type Config,
  type Config_Rule,
} from '@malla/protos/gen/envoy/extensions/filters/http/header_to_metadata/v3/header_to_metadata_pb';
import type { FieldReader } from '../wire/field-reader.ts';

type Rule = HeaderToMetadataConfig['rules'][number];

/** Envoy's namespace for rules that name none. */
const ownNamespace = 'envoy.filters.http.header_to_metadata';

/** Request headers as texts in dynamic metadata; cookies, rewritten values and other types are refused. */
export function readHeaderToMetadata(reader: FieldReader<Config>): HeaderToMetadataConfig {
  return { rules: reader.messages('requestRules').map(readRule) };
}

function readRule(reader: FieldReader<Config_Rule>): Rule {
  const header = reader.take('header').toLowerCase();
  if (header === '') reader.reading.report(reader.path, 'must name a header');
  if (header.startsWith(':')) reader.refuse('header', `${header} is not supported`);
  const pair = reader.message('onHeaderPresent');
  if (!pair) reader.reading.report(reader.path, 'must have on_header_present');
  const namespace = pair?.take('metadataNamespace') ?? '';
  pair?.choice('type', { [Type.STRING]: true });
  pair?.choice('encode', { [Encode.NONE]: true });
  return {
    header,
    namespace: namespace === '' ? ownNamespace : namespace,
    key: pair?.take('key') ?? '',
    remove: reader.take('remove'),
  };
}
