import { MallaError } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { startOrClose } from './open-parts.ts';

describe('opening the store', () => {
  it('closes what it opened when a later step fails, and tells of the first failure', async () => {
    const closed: string[] = [];
    const failing = startOrClose(
      async () => Promise.reject(new MallaError('unavailable', 'the database went away')),
      async () => {
        closed.push('store');
        return Promise.resolve();
      },
    );
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' });
    expect(closed).toEqual(['store']);
  });

  it('tells of the first failure also when closing fails', async () => {
    const failing = startOrClose(
      async () => Promise.reject(new MallaError('invalid', 'first')),
      async () => Promise.reject(new Error('second')),
    );
    await expect(failing).rejects.toMatchObject({ message: 'first' });
  });

  it('closes nothing when all goes well', async () => {
    await startOrClose(
      async () => Promise.resolve(),
      () => Promise.reject(new Error('must stay open')),
    );
  });
});
