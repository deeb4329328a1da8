import { describe, expect, it } from 'vitest';
import { plainBooleans } from './boolean-flags.ts';

describe('plainBooleans', () => {
  it('reads flags with a value as istioctl does', () => {
    expect(plainBooleans(['analyze', '--use-kube=false', '--all-namespaces=true', 'x.yaml'])).toEqual([
      'analyze',
      '--no-use-kube',
      '--all-namespaces',
      'x.yaml',
    ]);
    expect(plainBooleans(['--color', 'x.yaml', '--color=false'])).toEqual([
      '--color=always',
      'x.yaml',
      '--color=never',
    ]);
  });

  it('leaves other flags, other values and everything after -- alone', () => {
    const argv = ['--namespace=true', '--remote=maybe', '--no-color', '--', '--use-kube=false'];
    expect(plainBooleans(argv)).toEqual(argv);
  });
});
