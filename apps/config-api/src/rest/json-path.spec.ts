import { kinds } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { columnsOf } from './columns.ts';
import { parseJsonPath } from './json-path.ts';

const object = {
  spec: { hosts: ['a', 'b'], ports: [{ port: 80 }, { port: 81 }] },
  metadata: { labels: { 'a.b/c': 'x' } },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
};

describe('JSONPath of columns', () => {
  it.each([
    ['.spec.hosts', [['a', 'b']]],
    ['.spec.ports[*].port', [80, 81]],
    ['.spec.ports[0].port', [80]],
    ['.spec.ports[-1].port', [81]],
    ['.spec.ports[7].port', []],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    ["{.status.conditions[?(@.type!='Ready')].status}", ['False']],
    [".metadata.labels['a.b/c']", ['x']],
    ['.metadata.labels.a\\.b/c', ['x']],
    ['.spec.constructor', []],
    ['.no.such', []],
  ])('%s', (path, values) => {
    expect(parseJsonPath(path)(object)).toEqual(values);
  });

  it('refuses what it does not know', () => {
    expect(() => parseJsonPath('.a[?(@.b > 1)]')).toThrow('JSONPath');
  });

  it('reads the columns of every kind', () => {
    for (const definition of kinds)
      expect(columnsOf(definition).map(({ name }) => name)[0]).toBe(definition.kind === 'Event' ? 'Last Seen' : 'Name');
  });
});
