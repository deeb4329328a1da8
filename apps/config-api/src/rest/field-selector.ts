import { MallaError, type KindDefinition, type Resource } from '@malla/model';
import { valueOfFields } from './selectable-fields.ts';

/** Chooses objects by their fields. */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
}

interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/**
 * Reads `metadata.name=a,type!=Opaque`; commas, equals signs and backslashes in values are escaped by a backslash. Throws `invalid` for
 * fields that objects of the kind cannot be chosen by.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
export function parseFieldSelector(text: string, definition: KindDefinition): FieldSelector {
  const allowed = valueOfFields(definition);
  const requirements = splitUnescaped(text)
    .filter((part) => part !== '')
    .map((part) => {
      const [, field = '', operator = '', value = ''] = /^([^=!]+?)(!=|==|=)(.*)$/s.exec(part) ?? [];
      if (operator === '')
        throw new MallaError('invalid', `invalid field selector: "${part}"; write such as metadata.name=x`);
      if (!Object.hasOwn(allowed, field))
        throw new MallaError(
          'invalid',
          `field label not supported: ${field}; supported: ${Object.keys(allowed).join(', ')}`,
        );
      return { field, equal: operator !== '!=', value: value.replaceAll(/\\([\\,=])/g, '$1') };
    });
  return { requirements };
}

/** True if an object has all of the values. Fields that it does not have are empty. */
export function matchesFields(selector: FieldSelector, definition: KindDefinition, object: Resource): boolean {
  const values = valueOfFields(definition);
  return selector.requirements.every(({ field, equal, value }) => (values[field]?.(object) === value) === equal);
}

/** The value that a field must have, if the selector names exactly one. */
export function requiredValue(selector: FieldSelector | undefined, field: string): string | undefined {
  return selector?.requirements.find((each) => each.field === field && each.equal)?.value;
}

function splitUnescaped(text: string): string[] {
  return text.match(/(?:\\.|[^,\\])+/gs) ?? [];
}
