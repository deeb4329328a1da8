import { describe, expect, it } from 'vitest';
import { peerIdentity, peerOf, spiffeIdOfNames } from './peer-identity.ts';

const id = 'spiffe://cluster.local/ns/shop/sa/cart';

describe('who a peer is', () => {
  it.each([
    [`URI:${id}`, id],
    [`DNS:localhost, URI:${id}, IP Address:127.0.0.1`, id],
    [undefined, undefined],
    ['', undefined],
    ['DNS:localhost', undefined],
    [`URI:${id}, URI:${id}`, undefined],
    ['URI:https://cart.example', undefined],
    // Node quotes names that hold a comma; what is inside of the quotes names nobody.
    [`DNS:"evil, URI:${id}"`, undefined],
    [`URI:"spiffe://evil, URI:${id}"`, undefined],
  ])('reads %s', (names, expected) => {
    expect(spiffeIdOfNames(names)).toBe(expected);
  });

  it('is nobody for an unverified certificate, whose context is empty', () => {
    expect(peerIdentity({})).toBeUndefined();
  });

  it('is read once per connection', () => {
    let reads = 0;
    const call = (session: object | undefined) => ({
      getAuthContext: () => {
        reads++;
        return { sslPeerCertificate: { subjectaltname: `URI:${id}`, valid_to: 'Nov 22 18:00:00 2026 GMT' } };
      },
      call: { stream: { session } },
    });
    const session = {};
    const expected = { spiffeId: id, expiresAt: Date.UTC(2026, 10, 22, 18) };
    for (let calls = 0; calls < 3; calls++) expect(peerOf(call(session))).toEqual(expected);
    expect(reads).toBe(1);
    expect(peerOf(call({}))).toEqual(expected);
    expect(reads).toBe(2);
    // Without a session to hold on to, each call reads anew.
    for (let calls = 0; calls < 3; calls++) peerOf(call(undefined));
    expect(reads).toBe(5);
  });
});
