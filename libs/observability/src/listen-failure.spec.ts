import { describe, expect, it } from 'vitest';
import { listenFailure } from './listen-failure.ts';

const of = (cause: unknown): unknown =>
  listenFailure({ what: 'the gRPC server of x', host: 'h', port: 7, setting: 'MALLA_GRPC_PORT', cause });
const coded = (code: string): Error => Object.assign(new Error(`listen ${code}`), { code });

describe('listenFailure', () => {
  it.each([
    ['EADDRINUSE', 'MALLA_GRPC_PORT'],
    ['EACCES', '1024'],
    ['EADDRNOTAVAIL', 'MALLA_GRPC_HOST'],
    ['ENOTFOUND', 'MALLA_GRPC_HOST'],
  ])('of %s says where, why and what to set', (code, advice) => {
    const failure = of(coded(code)) as Error;
    expect(failure.message).toContain('the gRPC server of x cannot listen on h:7: ');
    expect(failure.message).toContain(advice);
  });

  it('reads the texts of grpc-js', () => {
    const text =
      'No address added out of total 1 resolved errors: [listen EADDRNOTAVAIL: address not available 203.0.113.7]';
    expect(of(new Error(text))).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('no address of this machine'),
    });
    expect(of(new Error('Name resolution failed for target dns:h:0'))).toMatchObject({ code: 'unavailable' });
  });

  it('leaves what no setting mends', () => {
    const error = new TypeError('a mistake of ours');
    expect(of(error)).toBe(error);
  });
});
