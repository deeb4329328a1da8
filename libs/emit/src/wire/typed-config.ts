import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack, type Any } from '@bufbuild/protobuf/wkt';

/** A message inside an Any, built in place. */
export function pack<D extends DescMessage>(schema: D, init: MessageInitShape<D>): Any {
  return anyPack(schema, create(schema, init));
}

/** The pair that Envoy's extension points take: a name and a typed configuration. */
export interface TypedExtension {
  readonly name: string;
  readonly configType: { readonly case: 'typedConfig'; readonly value: Any };
}

/** An HTTP filter; a disabled one rests until the configuration of a route names it. */
export interface HttpFilterExtension extends TypedExtension {
  readonly disabled?: boolean;
}

/** An extension by its well-known name, with its configuration. */
export function extension<D extends DescMessage>(name: string, schema: D, init: MessageInitShape<D>): TypedExtension {
  return { name, configType: { case: 'typedConfig', value: pack(schema, init) } };
}
