import type { UpstreamHttpConfig } from '@malla/proxy-config';
import type { HeaderMutation as Mutation } from '@malla/protos/gen/envoy/config/common/mutation_rules/v3/mutation_rules_pb';
import {
  HeaderValueOption_HeaderAppendAction as AppendAction,
  type HeaderValueOption,
} from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import {
  HeaderMutationSchema,
  type HeaderMutation,
} from '@malla/protos/gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb';
import { UpstreamCodecSchema } from '@malla/protos/gen/envoy/extensions/filters/http/upstream_codec/v3/upstream_codec_pb';
import type { HttpFilter } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { anyCase, unpack, type AnyCase } from '../wire/any.ts';
import { environmentText } from '../wire/environment-text.ts';
import type { FieldReader } from '../wire/field-reader.ts';

type Headers = NonNullable<UpstreamHttpConfig['requestHeaders']>;
type Filter = { readonly kind: 'headers'; readonly headers: Headers } | { readonly kind: 'codec' };

const cases: readonly AnyCase<Filter>[] = [
  anyCase(HeaderMutationSchema, (reader): Filter => ({ kind: 'headers', headers: readMutations(reader) })),
  anyCase(UpstreamCodecSchema, (): Filter => ({ kind: 'codec' })),
];

/** Filters between the router and the endpoint: headers that requests get, and in the end the codec. */
export function readUpstreamFilters(readers: readonly FieldReader<HttpFilter>[]): Headers {
  const filters = readers.map(readFilter);
  filters.forEach((filter, index) => {
    const last = index === filters.length - 1;
    const { path, reading } = readers[index] as FieldReader<HttpFilter>;
    if (filter !== undefined && (filter.kind === 'codec') !== last)
      reading.report(path, last ? 'must be the codec: it is the last' : 'the codec must be the last');
  });
  return filters.flatMap((filter) => (filter?.kind === 'headers' ? filter.headers : []));
}

function readFilter(reader: FieldReader<HttpFilter>): Filter | undefined {
  reader.ignore('isOptional');
  // Names are for statistics and per-route configuration, which upstream filters have none of here.
  reader.ignore('name');
  reader.expect('disabled', false);
  if (reader.caseOf('configType') === undefined) reader.reading.report(reader.path, 'has no typed_config');
  return reader.oneof<'configType', Filter | undefined>('configType', { typedConfig: (any) => unpack(any, cases) });
}

function readMutations(reader: FieldReader<HeaderMutation>): Headers {
  // Says something with configuration of routes alone.
  reader.expect('mostSpecificHeaderMutationsWins', false);
  const mutations = reader.message('mutations')?.messages('requestMutations') ?? [];
  return mutations.map(readMutation).filter((header) => header !== undefined);
}

function readMutation(reader: FieldReader<Mutation>): Headers[number] | undefined {
  return reader.oneof<'action', Headers[number]>('action', { append: readSetHeader });
}

/** Only headers that are set, whatever the request had, and never empty. */
function readSetHeader(reader: FieldReader<HeaderValueOption>): Headers[number] | undefined {
  reader.choice('appendAction', { [AppendAction.OVERWRITE_IF_EXISTS_OR_ADD]: true });
  if (!reader.has('appendAction')) reader.refuse('appendAction', 'must be OVERWRITE_IF_EXISTS_OR_ADD');
  const header = reader.message('header');
  if (!header) return undefined;
  const name = header.take('key').toLowerCase();
  if (name.startsWith(':') || name === 'host') header.refuse('key', `${name} must not be changed here`);
  const value = environmentText(header.take('value'), reader.reading.environment, (problem) =>
    header.refuse('value', problem),
  );
  return value === '' ? undefined : [name, value];
}
