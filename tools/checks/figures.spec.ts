import { describe, expect, it } from 'vitest';
import { commentShare, functionLengths, quantile } from './figures.ts';

describe('figures', () => {
  it('take a quantile of the sorted values', () => {
    expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3);
    expect(quantile([5, 1, 4, 2, 3], 1)).toBe(5);
    expect(quantile([], 0.9)).toBe(0);
  });

  it('measure functions that have a body', () => {
    const text = 'const f = () => 1;\nfunction g() {\n  return () => {\n    return 2;\n  };\n}\n';
    expect(functionLengths({ path: 'a.ts', text })).toEqual([5, 3]);
  });

  it('count lines that are comments', () => {
    expect(commentShare(['// a\ncode\n/* b\n * c */'])).toBe(0.75);
  });
});
