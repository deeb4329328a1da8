import type { Stream } from '../stream/stream.ts';

/** What consistent hashing goes by, and the cookie that a client without one gets. */
export function hashOf(stream: Stream): { readonly hash?: bigint; readonly setCookie?: string } {
  const { random } = stream.manager.services;
  return (
    stream.route?.hash(stream, () =>
      Math.floor(random() * 2 ** 52)
        .toString(16)
        .padStart(16, '0'),
    ) ?? {}
  );
}
