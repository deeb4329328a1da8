import { describe, expect, it } from 'vitest';
import { editHeaders } from './header-edits.ts';

const none = { set: [], add: [], remove: [] };

describe('editHeaders', () => {
  it('removes, then sets, then adds', () => {
    const edits = {
      remove: ['x-a'],
      set: [['x-b', '1'] as const],
      add: [['x-a', '2'] as const, ['x-b', '3'] as const],
    };
    expect(editHeaders({ 'x-a': 'old', 'x-b': 'old', 'x-c': 'kept' }, edits)).toEqual({
      'x-a': '2',
      'x-b': '1,3',
      'x-c': 'kept',
    });
  });

  it('lets the later level win what both set, and adds after all that is set', () => {
    const rule = { ...none, set: [['x-a', 'rule'] as const], add: [['x-b', 'rule'] as const] };
    const destination = { ...none, set: [['x-a', 'destination'] as const, ['x-b', 'destination'] as const] };
    expect(editHeaders({}, rule, destination)).toEqual({ 'x-a': 'destination', 'x-b': 'destination,rule' });
  });
});
