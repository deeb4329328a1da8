import type { ServiceHandlers } from '@malla/grpc';
import { certificatesPem, type TrustBundle } from '@malla/pki';
import type { TrustBundleService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import type { Authority } from './authority.ts';

/** Gives the roots to anybody who asks: they are public, and callers need them before they have an identity. */
export function trustBundleHandlers(authority: Authority): ServiceHandlers<typeof TrustBundleService> {
  return {
    getTrustBundle: () => wireBundle(authority.bundle),
    async watchTrustBundle(_request, stream) {
      stream.send(wireBundle(authority.bundle));
      const stop = authority.onBundle((bundle) => stream.send(wireBundle(bundle)));
      await new Promise<void>((resolve) => stream.signal.addEventListener('abort', () => resolve()));
      stop();
    },
  };
}

function wireBundle({ trustDomain, roots, sequence }: TrustBundle) {
  return { trustDomain, sequence, roots: roots.map((root) => certificatesPem(root)) };
}
