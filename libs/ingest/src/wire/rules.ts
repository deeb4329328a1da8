import { getOption, hasOption, isFieldSet, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { disallowed_by_default } from '@malla/protos/gen/envoy/annotations/deprecation_pb';
import { required, rules as rulesOption, type FieldRules } from '@malla/protos/gen/validate/validate_pb';
import { checkOf, type Check } from './field-rules.ts';

/** Tells a problem of a field, by its proto name (and key or index inside). */
export type Tell = (field: string, problem: string) => void;

/**
 * Envoy's validation rules of one message type (protoc-gen-validate), from the options in its descriptor, and what must not be used any
 * more. Rules of messages inside are checked when those are read.
 */
export class MessageRules {
  readonly #checks: readonly ((message: Message, tell: Tell) => void)[];

  constructor(schema: DescMessage) {
    const oneofs = schema.oneofs.filter((oneof) => hasOption(oneof, required) && getOption(oneof, required));
    this.#checks = [
      ...schema.fields.flatMap(fieldChecks),
      ...oneofs.map(({ name, localName }) => (message: Message, tell: Tell) => {
        const { case: member } = (message as unknown as Record<string, { case?: string }>)[localName] ?? {};
        if (member === undefined) tell(name, 'is required');
      }),
    ];
  }

  check(message: Message, tell: Tell): void {
    for (const check of this.#checks) check(message, tell);
  }
}

const known = new WeakMap<DescMessage, MessageRules>();

/** The rules of a message type, read from its descriptor once. */
export function rulesOf(schema: DescMessage): MessageRules {
  const found = known.get(schema);
  if (found) return found;
  const made = new MessageRules(schema);
  known.set(schema, made);
  return made;
}

function fieldChecks(field: DescField): ((message: Message, tell: Tell) => void)[] {
  const checks: ((message: Message, tell: Tell) => void)[] = [];
  if (hasOption(field, disallowed_by_default) && getOption(field, disallowed_by_default)) {
    checks.push((message, tell) => {
      if (isFieldSet(message, field)) tell(field.name, 'is deprecated and no longer allowed');
    });
  }
  if (!hasOption(field, rulesOption)) return checks;
  const rules = getOption(field, rulesOption);
  if (isRequired(rules)) {
    checks.push((message, tell) => {
      // A member of a oneof is only required to be a whole message when it is the one that is set.
      if (!field.oneof && !isFieldSet(message, field)) tell(field.name, 'is required');
    });
  }
  const check = checkOf(rules);
  if (check) checks.push((message, tell) => checkField(message, field, check, tell));
  return checks;
}

function isRequired({ message, type }: FieldRules): boolean {
  return (
    message?.required === true || ((type.case === 'duration' || type.case === 'any') && type.value.required === true)
  );
}

function checkField(message: Message, field: DescField, check: Check, tell: Tell): void {
  // Fields with presence are checked only when they are there; others always, as zero may be out of range.
  const absent = field.oneof !== undefined || field.fieldKind === 'message';
  if (absent && !isFieldSet(message, field)) return;
  const holder = message as unknown as Record<string, unknown>;
  const value = field.oneof ? (holder[field.oneof.localName] as { value: unknown }).value : holder[field.localName];
  check(value, field, (suffix, problem) => tell(field.name + suffix, problem));
}
