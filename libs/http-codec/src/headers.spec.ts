import { describe, expect, it } from 'vitest';
import { utf8Text } from './field-text.ts';
import { HeaderList } from './headers.ts';

describe('a list of fields', () => {
  const list = (): HeaderList => HeaderList.of(['a', '1'], ['b', '2'], ['a', '3'], ['c', '']);

  it('looks up by name', () => {
    expect([list().get('a'), list().first('a'), list().get('c'), list().get('d')]).toEqual(['1,3', '1', '', undefined]);
    expect(list().getAll('a')).toEqual(['1', '3']);
    expect([list().has('b'), list().has('B'), list().length]).toEqual([true, false, 4]);
  });

  it('sets in the place of the first, and removes all', () => {
    const changed = list();
    changed.set('a', 'x');
    changed.set('d', 'y');
    expect([...changed]).toEqual([
      ['a', 'x'],
      ['b', '2'],
      ['c', ''],
      ['d', 'y'],
    ]);
    expect(changed.remove('b')).toBe(true);
    expect(changed.remove('b')).toBe(false);
    changed.removeWhere((name) => name === 'c');
    expect(changed.names).toEqual(['a', 'd']);
    expect(changed.values).toEqual(['x', 'y']);
  });

  it('has copies of its own', () => {
    const original = list();
    const copy = original.clone();
    copy.append('e', '5');
    copy.set('b', 'x');
    expect(original.get('b')).toBe('2');
    expect(original.length).toBe(4);
  });

  it('knows whether its fields were checked', () => {
    expect(list().checked).toBe(true);
    expect(list().clone().checked).toBe(true);
    expect(new HeaderList(['a'], ['\n']).checked).toBe(false);
    expect(new HeaderList(['a'], ['\n']).clone().checked).toBe(false);
    expect(HeaderList.ofChecked(['a'], ['b']).checked).toBe(true);
  });

  it('takes text beyond ASCII as the bytes of its UTF-8', () => {
    expect(() => HeaderList.of(['a', 'Ŋ'])).toThrow(TypeError);
    expect(HeaderList.of(['a', utf8Text('Ŋ ü')]).get('a')).toBe('\xc5\x8a \xc3\xbc');
    expect(utf8Text('plain')).toBe('plain');
    expect(HeaderList.of(['a', 'tab\tand \xff']).get('a')).toBe('tab\tand \xff');
  });
});
