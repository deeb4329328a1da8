import { describe, expect, it } from 'vitest';
import { blame } from './blame.ts';

const names = ['outbound|80||a.b', 'outbound|80||a.b.c', 'outbound|80|v1|a.b', '10.0.0.1_80'];

describe('blame', () => {
  it.each([
    ['Error adding/updating cluster(s) outbound|80||a.b: wrong', ['outbound|80||a.b']],
    ['Error adding/updating cluster(s) outbound|80||a.b.c: wrong', ['outbound|80||a.b.c']],
    ['Error adding/updating cluster(s) outbound|80|v1|a.b: x, 10.0.0.1_80: y', ['outbound|80|v1|a.b', '10.0.0.1_80']],
    ["duplicate cluster 'outbound|80||a.b' found", ['outbound|80||a.b']],
    ['the last name is outbound|80||a.b.', ['outbound|80||a.b']],
    ['nothing is named', names],
  ])('%s', (message, expected) => {
    expect(blame(message, names)).toEqual(expected);
  });
});
