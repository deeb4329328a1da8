import { describe, expect, it } from 'vitest';
import { kinds } from '@malla/model';
import { cell, code, table } from './markdown.mjs';
import { fieldsOf, fieldsOfShared } from './schema-fields.mjs';

interface Field {
  readonly path: string;
  readonly type: string;
  readonly shared: string | undefined;
  readonly required: boolean;
  readonly description: string;
}

const described = kinds.map((definition) => ({ kind: definition.kind, ...fieldsOf(definition) }));
const fieldsOfKind = (kind: string) => described.find((each) => each.kind === kind)?.fields as readonly Field[];

describe('fields of a kind', () => {
  it('are told with their form, their bounds and whether they are required', () => {
    const fields = fieldsOfKind('VirtualService');
    expect(fields.find(({ path }) => path === 'spec.http[].retries.attempts')).toMatchObject({
      type: 'number',
      required: false,
    });
    expect(fields.find(({ path }) => path === 'spec.http[].redirect.derivePort')).toMatchObject({
      type: 'FROM_PROTOCOL_DEFAULT, FROM_REQUEST_PORT',
      required: false,
    });
    expect(fieldsOfKind('ServiceEntry').find(({ path }) => path === 'spec.hosts')).toMatchObject({
      type: 'list of text, not empty',
      required: true,
    });
    expect(fieldsOfKind('WasmPlugin').find(({ path }) => path === 'spec.match[].ports[].number')).toMatchObject({
      type: 'number, 1 to 65535',
      required: true,
    });
  });

  it('name shared types instead of repeating them', () => {
    const uri = fieldsOfKind('VirtualService').filter(({ path }) => path.startsWith('spec.http[].match[].uri'));
    expect(uri).toMatchObject([{ shared: 'StringMatch', description: expect.stringContaining('path') }]);
    const { shared } = described.find(({ kind }) => kind === 'DestinationRule') ?? {
      shared: {} as Record<string, object>,
    };
    const policy = fieldsOfShared(shared['TrafficPolicy']) as readonly Field[];
    expect(policy.map(({ path }) => path)).toContain('portLevelSettings[].port.number');
  });

  it('are all described, as far as they hold a value', () => {
    const bare = described.flatMap(({ kind, fields }) =>
      (fields as readonly Field[])
        .filter(({ description, type }) => description === '' && type !== 'object')
        .map(({ path }) => `${kind} ${path}`),
    );
    expect(bare).toEqual([]);
  });
});

describe('Markdown', () => {
  it('keeps text inside its cell', () => {
    expect(table(['a'], [[cell('x|*y* <z>\nw')]])).toBe('| a |\n| --- |\n| x\\|\\*y\\* &lt;z&gt; w |');
    expect(code('a|b')).toBe('`a\\|b`');
    expect(code('')).toBe('');
  });
});
