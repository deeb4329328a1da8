import type { ConnectionPredicate, ListenerFilterConfig } from '@malla/proxy-config';
import type {
  ListenerFilter,
  ListenerFilterChainMatchPredicate,
} from '@malla/protos/gen/envoy/config/listener/v3/listener_components_pb';
import { OriginalDstSchema } from '@malla/protos/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb';
import { TlsInspectorSchema } from '@malla/protos/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb';
import { anyCase, unpack } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';

type Kind = ListenerFilterConfig['kind'];

const cases = [
  anyCase(OriginalDstSchema, (): Kind => 'original-dst'),
  anyCase(TlsInspectorSchema, (reader): Kind => {
    // How many bytes are read at first is for speed alone.
    reader.ignore('initialReadBufferSize');
    return 'tls-inspector';
  }),
];

/** A filter that looks at a connection before its chain is chosen. */
export function readListenerFilter(reader: FieldReader<ListenerFilter>): ListenerFilterConfig | undefined {
  // Extensions are found by the type of their configuration; the name is for people.
  reader.ignore('name');
  if (reader.caseOf('configType') === undefined) reader.reading.report(reader.path, 'has no typed_config');
  const kind = reader.oneof<'configType', Kind | undefined>('configType', {
    typedConfig: (any) => unpack<Kind>(any, cases),
  });
  const disabled = reader.message('filterDisabled');
  const disabledFor = disabled && readPredicate(disabled);
  return kind && { kind, ...(disabledFor && { disabledFor }) };
}

function readPredicate(reader: FieldReader<ListenerFilterChainMatchPredicate>): ConnectionPredicate | undefined {
  const all = (rules: readonly FieldReader<ListenerFilterChainMatchPredicate>[]) =>
    rules.map(readPredicate).filter((rule) => rule !== undefined);
  return reader.oneof<'rule', ConnectionPredicate | undefined>('rule', {
    orMatch: (set) => ({ kind: 'or', of: all(set.messages('rules')) }),
    andMatch: (set) => ({ kind: 'and', of: all(set.messages('rules')) }),
    notMatch: (rule) => {
      const of = readPredicate(rule);
      return of && { kind: 'not', of };
    },
    anyMatch: () => ({ kind: 'any' }),
    destinationPortRange: (range) => ({
      kind: 'destination-port',
      start: range.take('start'),
      end: range.take('end'),
    }),
  });
}
