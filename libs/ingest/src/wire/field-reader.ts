import { isFieldSet, type DescField, type DescMessage, type JsonObject, type Message } from '@bufbuild/protobuf';
import type { Duration } from '@bufbuild/protobuf/wkt';
import type { Reading } from './reading.ts';
import { rulesOf } from './rules.ts';

type Scalar = string | number | bigint | boolean | Uint8Array;
type KeysOf<M, T> = { [K in keyof M]-?: NonNullable<M[K]> extends T ? K : never }[keyof M] & string;

/** Fields that hold a plain value: scalars, enums, wrappers, and lists of these. */
export type PlainKey<M> = Exclude<KeysOf<M, Scalar | readonly Scalar[]>, '$typeName'>;
/** Fields that hold one message. */
export type MessageKey<M> = KeysOf<M, Message>;
/** Fields that hold a list of messages. */
export type ListKey<M> = KeysOf<M, readonly Message[]>;
/** Fields that hold messages by string key. */
export type MapKey<M> = Exclude<KeysOf<M, Readonly<Record<string, Message>>>, MessageKey<M> | ListKey<M>>;
/** Fields that hold a google.protobuf.Struct. */
export type StructKey<M> = {
  [K in keyof M]-?: JsonObject extends NonNullable<M[K]> ? (NonNullable<M[K]> extends JsonObject ? K : never) : never;
}[keyof M] &
  string;
/** Groups of fields of which at most one is set. */
export type OneofKey<M> = KeysOf<M, { case: string | undefined }>;

type ElementOf<T> = NonNullable<T> extends readonly (infer E extends Message)[] ? E : never;
type ValueOf<T> = NonNullable<T> extends Readonly<Record<string, infer V extends Message>> ? V : never;
type CaseName<O> = O extends { case: infer C extends string } ? C : never;
type CaseValue<O, C extends string> = Extract<O, { case: C }> extends { value: infer V } ? V : never;
type Read<V> = V extends Message ? FieldReader<V> : V;

/** What to do with each member of a oneof; members that are not named are refused. `path` is the member's. */
export type OneofHandlers<O, R> = {
  readonly [C in CaseName<O>]?: (value: Read<CaseValue<O, C>>, path: string) => R | undefined;
};

/**
 * Reads one message field by field. A field that is set and never taken makes the resource refused, by its path: nothing is skipped in silence.
 * Messages inside can only be read through readers of their own. Envoy's validation rules (PGV) that the descriptors carry are checked
 * when a reader is made, so whatever is read was checked.
 */
export class FieldReader<M extends Message> {
  readonly #reading: Reading;
  readonly #schema: DescMessage;
  readonly #message: M;
  readonly #taken = new Set<string>();
  /** Of the message, in proto names. */
  readonly path: string;

  /** A reader of a message at a path; the empty path is the resource itself. */
  constructor(reading: Reading, schema: DescMessage, message: M, path: string) {
    this.#reading = reading;
    reading.add(this);
    this.#schema = schema;
    this.#message = message;
    this.path = path;
    rulesOf(schema).check(message, (field, problem) => this.#reading.report(this.#join(field), problem));
  }

  /** Type of the message, such as `envoy.config.cluster.v3.Cluster`. */
  get typeName(): string {
    return this.#schema.typeName;
  }

  /** For reading what stands inside an Any. */
  get reading(): Reading {
    return this.#reading;
  }

  /** Whether a field differs from its default; takes nothing. */
  has(name: PlainKey<M> | MessageKey<M> | ListKey<M> | StructKey<M>): boolean {
    return isFieldSet(this.#message, this.#field(name));
  }

  /** The field's path. */
  pathOf(name: keyof M & string): string {
    return this.#join(this.#nameOf(name));
  }

  /** Refuses the resource because of this field. */
  refuse(name: keyof M & string, message: string): void {
    this.#take(name);
    this.#reading.refuse(this.pathOf(name), message);
  }

  /** The value of a scalar, enum, wrapper (undefined when absent), or list of these. */
  take<K extends PlainKey<M>>(name: K): M[K] {
    this.#take(name);
    return this.#message[name];
  }

  /** An enum by a table of the values that are supported; others are refused, by name where they have one. */
  choice<K extends PlainKey<M>, R>(name: K, table: Readonly<Record<number, R>>): R | undefined {
    const value = this.take(name) as unknown as number;
    const found = table[value];
    if (found === undefined) {
      const known = this.#field(name).enum?.value[value]?.name;
      this.#reading.report(this.pathOf(name), `${known ?? `enum value ${value}`} is not supported`);
    }
    return found;
  }

  /** A field of which only some values are supported, because they are what happens anyway; absent is fine. */
  expect<K extends PlainKey<M>>(name: K, ...values: readonly NonNullable<M[K]>[]): void {
    const set = this.has(name);
    const value = this.take(name);
    if (!set || values.includes(value as NonNullable<M[K]>)) return;
    const enumValue = this.#field(name).enum?.value[Number(value)]?.name;
    this.#reading.report(this.pathOf(name), `${enumValue ?? String(value)} is not supported`);
  }

  /** Marks fields as read that change nothing here. The caller says why. */
  ignore(...names: readonly (keyof M & string)[]): void {
    for (const name of names) this.#take(name);
  }

  /** A message inside; undefined when absent. */
  message<K extends MessageKey<M>>(name: K): FieldReader<NonNullable<M[K]> & Message> | undefined {
    this.#take(name);
    const value = this.#message[name] as (NonNullable<M[K]> & Message) | undefined;
    return value === undefined ? undefined : this.#child(this.#field(name), value, this.pathOf(name));
  }

  /** The messages of a list. */
  messages<K extends ListKey<M>>(name: K): FieldReader<ElementOf<M[K]>>[] {
    this.#take(name);
    const field = this.#field(name);
    const path = this.pathOf(name);
    const values = this.#message[name] as unknown as readonly ElementOf<M[K]>[];
    return values.map((value, index) => this.#child(field, value, `${path}[${index}]`));
  }

  /** The messages of a map, in the order of their keys. */
  entries<K extends MapKey<M>>(name: K): (readonly [key: string, value: FieldReader<ValueOf<M[K]>>])[] {
    this.#take(name);
    const field = this.#field(name);
    const path = this.pathOf(name);
    const values = this.#message[name] as unknown as Readonly<Record<string, ValueOf<M[K]>>>;
    return Object.keys(values)
      .sort()
      .map((key) => [key, this.#child(field, values[key] as ValueOf<M[K]>, `${path}["${key}"]`)]);
  }

  /** A map of JSON objects or texts, as it is. */
  plainMap<K extends keyof M & string>(name: K): M[K] {
    this.#take(name);
    return this.#message[name];
  }

  /** A google.protobuf.Struct; undefined when absent. */
  struct<K extends StructKey<M>>(name: K): JsonObject | undefined {
    this.#take(name);
    return this.#message[name] as JsonObject | undefined;
  }

  /** A google.protobuf.Duration in milliseconds, rounded down as Envoy does; undefined when absent. Negative ones are refused. */
  duration<K extends MessageKey<M>>(name: K): number | undefined {
    this.#take(name);
    const value = this.#message[name] as unknown as Duration | undefined;
    if (value === undefined) return undefined;
    return this.millisecondsOf(value, this.pathOf(name));
  }

  /** Milliseconds of a duration that stands at a path. */
  millisecondsOf({ seconds, nanos }: Pick<Duration, 'seconds' | 'nanos'>, path: string): number {
    const outOfRange = seconds < 0n || nanos < 0 || nanos > 999_999_999 || seconds > 315_576_000_000n;
    if (outOfRange) this.#reading.report(path, 'is no duration that Envoy takes');
    return outOfRange ? 0 : Number(seconds) * 1000 + Math.floor(nanos / 1_000_000);
  }

  /** The member of a oneof that is set, by its handler; undefined when none is. Members without handler are refused by their path. */
  oneof<K extends OneofKey<M>, R>(name: K, handlers: OneofHandlers<M[K], R>): R | undefined {
    this.#take(name);
    const { case: member, value } = this.#message[name] as unknown as { case: string | undefined; value?: unknown };
    if (member === undefined) return undefined;
    const field = this.#field(member);
    const path = this.#join(field.name);
    const handler = (handlers as Record<string, ((value: unknown, path: string) => R | undefined) | undefined>)[member];
    if (!handler) {
      this.#reading.report(path, 'is not supported');
      return undefined;
    }
    const plain = field.message === undefined || field.message.typeName === 'google.protobuf.Struct';
    const read = plain ? value : this.#child(field, value as Message, path);
    return handler(read, path);
  }

  /** The name of the member that is set, in the generated code's form; takes nothing. */
  caseOf<K extends OneofKey<M>>(name: K): CaseName<M[K]> | undefined {
    return (this.#message[name] as unknown as { case: CaseName<M[K]> | undefined }).case;
  }

  /** Reports what is set and was not taken, and fields that the descriptors do not know. */
  reportUntaken(): void {
    for (const field of this.#schema.fields) {
      const taken = this.#taken.has(field.oneof?.localName ?? field.localName) || this.#taken.has(field.localName);
      if (!taken && isFieldSet(this.#message, field)) this.#reading.report(this.#join(field.name), 'is not supported');
    }
    for (const { no } of this.#message.$unknown ?? []) {
      this.#reading.report(this.#join(`<field ${no}>`), 'is not known');
    }
  }

  #child<V extends Message>(field: DescField, value: V, path: string): FieldReader<V> {
    return new FieldReader(this.#reading, field.message as DescMessage, value, path);
  }

  #take(name: string): void {
    this.#taken.add(name);
  }

  #field(localName: string): DescField {
    return this.#schema.field[localName] as DescField;
  }

  /** The proto name of a field; for a oneof that of the member that is set. */
  #nameOf(localName: string): string {
    const field = this.#schema.field[localName];
    if (field) return field.name;
    const oneof = this.#schema.oneofs.find((one) => one.localName === localName);
    const member = oneof && this.caseOf(localName as OneofKey<M>);
    return (member === undefined ? oneof?.name : this.#field(member).name) ?? localName;
  }

  #join(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}
