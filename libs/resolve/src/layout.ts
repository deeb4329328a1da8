import type { Proxy } from '@malla/ir';

/** Which route configurations somebody's listeners refer to; the others are not made. */
export interface OutboundLayout {
  /** `<fqdn>:<port>`: one service each, domain `*` (explicit listeners, gRPC clients). */
  readonly perService: boolean;
  /** `<port>`: every service of a port (intercepted traffic). */
  readonly perPort: boolean;
  /** `http_proxy`: every service, told apart by Host. */
  readonly httpProxy: boolean;
}

/** What a proxy's interception and data plane refer to. */
export function layoutOf(proxy: Pick<Proxy, 'dataPlane' | 'interception'>): OutboundLayout {
  const { dataPlane, interception } = proxy;
  if (dataPlane === 'grpc') return { perService: true, perPort: false, httpProxy: false };
  if (interception.mode === 'REDIRECT') return { perService: false, perPort: true, httpProxy: false };
  return { perService: true, perPort: false, httpProxy: interception.httpProxy !== undefined };
}

/** Text that is equal for equal layouts. */
export function layoutKey(layout: OutboundLayout): string {
  return [layout.perService && 'service', layout.perPort && 'port', layout.httpProxy && 'proxy']
    .filter(Boolean)
    .join('+');
}
