import { fromBinary, type DescMessage, type Message, type MessageShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { FieldReader } from './field-reader.ts';

/** A message type that may stand in an Any, and what it becomes. */
export interface AnyCase<R> {
  readonly schema: DescMessage;
  readonly read: (reader: FieldReader<Message>) => R;
}

/** Pairs a type with its reader. */
export function anyCase<D extends DescMessage, R>(
  schema: D,
  read: (reader: FieldReader<MessageShape<D>>) => R,
): AnyCase<R> {
  return { schema, read: read as unknown as AnyCase<R>['read'] };
}

/** Reads what an Any holds; types that are not listed are refused by name. */
export function unpack<R>(any: FieldReader<Any>, cases: readonly AnyCase<R>[]): R | undefined {
  const typeUrl = any.take('typeUrl');
  const value = any.take('value');
  const typeName = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  const found = cases.find(({ schema }) => schema.typeName === typeName);
  if (!found) {
    any.reading.report(any.path, typeName === '' ? 'has no type' : `type ${typeName} is not supported`);
    return undefined;
  }
  let message: Message;
  try {
    message = fromBinary(found.schema, value);
  } catch (error) {
    any.reading.report(any.path, `is no ${typeName}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
  return found.read(new FieldReader(any.reading, found.schema, message, any.path));
}
