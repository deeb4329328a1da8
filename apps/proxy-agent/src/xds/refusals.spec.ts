import { typeUrls } from '@malla/protos';
import { describe, expect, it } from 'vitest';
import { Refusals } from './refusals.ts';

const taken = (name: string) => ({
  message: `listener ${name}: cannot bind: Address already in use\n`,
  at: 0,
  resources: [name],
  versions: { [name]: '1' },
});

describe('Refusals', () => {
  it('tells a refused listener for peers from one for the application', () => {
    const refusals = new Refusals(['127.0.0.1_9080']);
    expect(refusals.summary).toBeUndefined();
    refusals.note(typeUrls.listener, taken('127.0.0.1_20001'));
    expect(refusals.unreachable).toBeUndefined();
    expect(refusals.summary).toContain('restart the agent');
    refusals.note(typeUrls.listener, taken('127.0.0.1_9080'));
    expect(refusals.unreachable).toContain('127.0.0.1_9080');
    refusals.note(typeUrls.listener, undefined);
    expect(refusals.unreachable).toBeUndefined();
    expect(refusals.summary).toBeUndefined();
  });

  it('keeps what other types refuse', () => {
    const refusals = new Refusals([]);
    refusals.note(typeUrls.cluster, { message: 'no such cipher', at: 0, resources: ['a'], versions: { a: '1' } });
    refusals.note(typeUrls.listener, undefined);
    expect(refusals.summary).toContain('no such cipher');
    expect(refusals.summary).not.toContain('restart');
  });
});
