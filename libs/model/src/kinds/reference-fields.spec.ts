import { describe, expect, it } from 'vitest';
import { referenceFields } from '../../test/reference-fields.ts';
import { findKind } from '../registry.ts';
import { acceptedFields } from '../schema/accepted-fields.ts';

/** `spec.tls` with `mode` gives `spec.tls.mode`, with `=SIMPLE` it gives `spec.tls=SIMPLE`. */
const pathOf = (parent: string, name: string) => (name.startsWith('=') ? `${parent}${name}` : `${parent}.${name}`);

describe.each(Object.entries(referenceFields))('%s', (name, fields) => {
  it('has every field and value of the reference', () => {
    const slash = name.indexOf('/');
    const definition = findKind(name.slice(0, slash), name.slice(slash + 1));
    const accepted = new Set(definition === undefined ? [] : acceptedFields(definition).map(({ path }) => path));
    const wanted = Object.entries(fields).flatMap(([parent, names]) =>
      names.split(' ').map((each) => pathOf(parent, each)),
    );
    expect(wanted.filter((path) => !accepted.has(path))).toEqual([]);
  });
});
