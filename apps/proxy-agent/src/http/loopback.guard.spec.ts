import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { LoopbackGuard } from './loopback.guard.ts';

function admits(remoteAddress: string, headers: Record<string, string>): boolean {
  const getRequest = () => ({ socket: { remoteAddress }, headers });
  const context = { switchToHttp: () => ({ getRequest }) } as unknown as ExecutionContext;
  try {
    return new LoopbackGuard().canActivate(context);
  } catch {
    return false;
  }
}

describe('LoopbackGuard', () => {
  it.each([
    ['127.0.0.1', { host: '127.0.0.1:15020' }, true],
    ['::ffff:127.0.0.1', { host: 'localhost:15020' }, true],
    ['::1', { host: '[::1]:15020' }, true],
    ['10.0.0.9', { host: '127.0.0.1:15020' }, false],
    ['127.0.0.1', { host: '127.0.0.1:15020', origin: 'http://127.0.0.1:15020' }, false],
    ['127.0.0.1', { host: 'evil.example:15020' }, false],
    ['127.0.0.1', { host: '127.0.0.1.evil.example' }, false],
  ])('%s with %j: %s', (address, headers, admitted) => {
    expect(admits(address, headers as Record<string, string>)).toBe(admitted);
  });
});
