import { b3Context } from '@malla/ir';
import type { HeaderMutation as Mutation } from '@malla/protos/gen/envoy/config/common/mutation_rules/v3/mutation_rules_pb';
import { HeaderValueOption_HeaderAppendAction as Append } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { TypedExtensionConfig } from '@malla/protos/gen/envoy/config/core/v3/extension_pb';
import { HeaderMutationSchema } from '@malla/protos/gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb';
import type { HttpFilter } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { HeaderMutationSchema as EarlySchema } from '@malla/protos/gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb';
import { anyCase, unpack } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';

const continues = b3Context.continues.map(({ header, value }) => describe(header, value, Append.ADD_IF_ABSENT));
const tells = [
  ...b3Context.tells.map(({ header, value }) => describe(header, value, Append.OVERWRITE_IF_EXISTS)),
  `remove ${b3Context.removed}`,
];

/** Whether a filter of a connection manager is the one that writes B3 headers; it is read then. */
export function isB3Filter(reader: FieldReader<HttpFilter>): boolean {
  if (reader.take('name') !== b3Context.name) return false;
  reader.ignore('isOptional');
  reader.expect('disabled', false);
  reader.oneof<'configType', true>('configType', {
    typedConfig: (any) =>
      unpack(any, [
        anyCase(HeaderMutationSchema, (filter) => {
          filter.expect('mostSpecificHeaderMutationsWins', false);
          const mutations = filter.message('mutations')?.messages('requestMutations') ?? [];
          return compare(mutations, tells, filter);
        }),
      ]),
  });
  return true;
}

/** Reads the extension that goes on with traces of B3 headers; any other is refused. */
export function readsB3(reader: FieldReader<TypedExtensionConfig>): boolean {
  if (reader.take('name') !== b3Context.name) {
    reader.reading.report(reader.path, 'is not supported');
    reader.ignore('typedConfig');
    return false;
  }
  const config = reader.message('typedConfig');
  if (!config) return false;
  const read = unpack(config, [
    anyCase(EarlySchema, (early) => compare(early.messages('mutations'), continues, early)),
  ]);
  return read === true;
}

function compare(
  mutations: readonly FieldReader<Mutation>[],
  expected: readonly string[],
  { reading, path }: Pick<FieldReader<Mutation>, 'reading' | 'path'>,
): true | undefined {
  const found = mutations.map(described);
  const same = found.length === expected.length && found.every((each, i) => each === expected[i]);
  if (same) return true;
  reading.report(path, `changes headers otherwise than ${b3Context.name}, which is the only way supported here`);
  return undefined;
}

function described(reader: FieldReader<Mutation>): string | undefined {
  return reader.oneof<'action', string>('action', {
    remove: (header) => `remove ${header}`,
    append: (option) => {
      option.expect('keepEmptyValue', false);
      const header = option.message('header');
      return describe(header?.take('key') ?? '', header?.take('value') ?? '', option.take('appendAction'));
    },
  });
}

function describe(header: string, value: string, action: Append): string {
  return `${action} ${header} ${value}`;
}
