import {
  create,
  fromBinary,
  ScalarType,
  toBinary,
  type DescField,
  type DescMessage,
  type Message,
} from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';

/** One step from a message to one inside it. */
interface Step {
  readonly field: DescField;
  /** Index of a list, key of a map; undefined: the field itself. */
  readonly at?: number | string;
}

/** A message inside a resource. */
export interface Place {
  readonly schema: DescMessage;
  readonly message: Message;
  readonly steps: readonly Step[];
  /** In proto names, as problems have it. */
  readonly path: string;
  /** The path without indices and keys, with the types of what stands in an Any: alike places have it in common. */
  readonly pattern: string;
}

const anyName = 'google.protobuf.Any';

/** Types that are values rather than places. */
export function isValue({ typeName }: DescMessage): boolean {
  return typeName.startsWith('google.protobuf.') && typeName !== anyName;
}

/** Every message inside a resource, itself included. `typeOf` knows what may stand in an Any. */
export function placesOf(
  schema: DescMessage,
  message: Message,
  typeOf: (url: string) => DescMessage | undefined,
): Place[] {
  const places: Place[] = [];
  const visit = (place: Place): void => {
    if (place.schema.typeName === anyName) {
      const inner = typeOf((place.message as Any).typeUrl);
      if (!inner) return;
      const value = fromBinary(inner, (place.message as Any).value);
      visit({ ...place, schema: inner, message: value, pattern: `${place.pattern}<${shortName(inner)}>` });
      return;
    }
    places.push(place);
    for (const field of place.schema.fields) {
      if (!field.message || isValue(field.message)) continue;
      for (const [at, value] of valuesOf(place.message, field)) {
        const inside = at === undefined ? '' : typeof at === 'number' ? `[${at}]` : `["${at}"]`;
        visit({
          schema: field.message,
          message: value,
          steps: [...place.steps, at === undefined ? { field } : { field, at }],
          path: join(place.path, field.name) + inside,
          pattern: join(place.pattern, field.name) + (at === undefined ? '' : '[]'),
        });
      }
    }
  };
  visit({ schema, message, steps: [], path: '', pattern: shortName(schema) });
  return places;
}

/** The bytes of a resource with a message inside it changed. */
export function changed(
  schema: DescMessage,
  bytes: Uint8Array,
  steps: readonly Step[],
  typeOf: (url: string) => DescMessage | undefined,
  change: (message: Message) => void,
): Uint8Array {
  const message = fromBinary(schema, bytes);
  const go = (at: DescMessage, current: Message, index: number): void => {
    if (at.typeName === anyName) {
      const any = current as Any;
      const inner = typeOf(any.typeUrl) as DescMessage;
      const value = fromBinary(inner, any.value);
      go(inner, value, index);
      any.value = toBinary(inner, value);
      return;
    }
    const step = steps[index];
    if (!step) return change(current);
    const holder = current as unknown as Record<string, unknown>;
    const { field } = step;
    const member = field.oneof ? (holder[field.oneof.localName] as { value: unknown }).value : holder[field.localName];
    const next = step.at === undefined ? member : (member as Record<string | number, unknown>)[step.at];
    go(field.message as DescMessage, next as Message, index + 1);
  };
  go(schema, message, 0);
  return toBinary(schema, message);
}

function valuesOf(message: Message, field: DescField): [number | string | undefined, Message][] {
  const holder = message as unknown as Record<string, unknown>;
  if (field.oneof) {
    const { case: member, value } = holder[field.oneof.localName] as { case?: string; value?: unknown };
    return member === field.localName ? [[undefined, value as Message]] : [];
  }
  const value = holder[field.localName];
  if (value === undefined) return [];
  if (field.fieldKind === 'list') return (value as Message[]).map((each, index) => [index, each]);
  if (field.fieldKind === 'map') return Object.entries(value as Record<string, Message>);
  return [[undefined, value as Message]];
}

/** Sets a field of a message, whatever kind it is. */
export function setField(message: Message, field: DescField, value: unknown): void {
  const holder = message as unknown as Record<string, unknown>;
  if (field.oneof) holder[field.oneof.localName] = { case: field.localName, value };
  else if (field.fieldKind === 'list') holder[field.localName] = [value];
  else if (field.fieldKind === 'map')
    holder[field.localName] = { [field.mapKey === ScalarType.STRING ? 'key' : '1']: value };
  else holder[field.localName] = value;
}

/** `envoy.config.cluster.v3.Cluster.RingHashLbConfig` -> `Cluster.RingHashLbConfig` */
export function shortName({ typeName }: DescMessage): string {
  return typeName.replace(/^[a-z0-9_.]*\./, '');
}

/** An empty message of a type. */
export function emptyOf(schema: DescMessage): Message {
  return create(schema);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
