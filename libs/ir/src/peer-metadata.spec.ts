import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPeerMetadata, maxPeerMetadataLength, parsePeerMetadata } from './peer-metadata.ts';

const name = fc.string({ unit: 'grapheme', maxLength: 8 });
const arbitraryPeer = fc.record({
  workload: name,
  namespace: name,
  app: name,
  version: name,
  canonicalService: name,
  canonicalRevision: name,
  cluster: name,
});

describe('peer metadata', () => {
  it('comes back as it was, and is plain text for a header', () => {
    fc.assert(
      fc.property(arbitraryPeer, (peer) => {
        const text = formatPeerMetadata(peer);
        expect(text).toMatch(/^[!-~]*$/);
        fc.pre(text.length <= maxPeerMetadataLength);
        expect(parsePeerMetadata(text)).toEqual(peer);
      }),
    );
  });

  it.each(['', '-', 'a;b', '%zz;b;c;d;e;f;g', 'a;b;c;d;e;f;g;h', `${'x'.repeat(maxPeerMetadataLength)};b;c;d;e;f;g`])(
    'is none: %s',
    (text) => expect(parsePeerMetadata(text)).toBeUndefined(),
  );
});
