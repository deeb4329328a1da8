import { describe, expect, it } from 'vitest';
import { matchesLabels, parseLabelSelector } from './label-selector.ts';

describe('label selectors', () => {
  const labels = { app: 'web', tier: 'front', 'example.com/x': '1' };
  const cases: readonly [string, boolean][] = [
    ['', true],
    ['app=web', true],
    ['app==web,tier!=back', true],
    ['app=web,tier=back', false],
    ['tier in (front, back)', true],
    ['tier notin (front,back)', false],
    ['missing notin (a)', true],
    ['missing!=a', true],
    ['app', true],
    ['!app', false],
    ['!missing', true],
    ['example.com/x=1', true],
    ['app=', false],
    ['constructor', false],
    ['!constructor', true],
    ['constructor!=a', true],
  ];
  it.each(cases)('%s', (text, matches) => expect(matchesLabels(parseLabelSelector(text), labels)).toBe(matches));

  it.each(['a=b=c', 'a in b', '=x', 'a in (b', 'a b', '(a)'])('%s is refused', (text) => {
    expect(() => parseLabelSelector(text)).toThrow('not a label requirement');
  });
});
