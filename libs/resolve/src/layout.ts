import type { Proxy } from '@malla/ir';

/** Which route configurations somebody's listeners refer to; the others are not made. */
export interface OutboundLayout {
  /** `<fqdn>:<port>`: one service each, domain `*` (explicit listeners, gRPC clients). */
  readonly perService: boolean;
  /** `<port>`: every service of a port (intercepted traffic). */
  readonly perPort: boolean;
  /** `http_proxy`: every service, told apart by Host. */
  readonly httpProxy: boolean;
  /** Those of Gateways (routers), and none of the others. */
  readonly gateway?: boolean;
}

/** What a proxy's interception and data plane refer to. */
export function layoutOf(
  proxy: Pick<Proxy, 'dataPlane' | 'interception'> & Partial<Pick<Proxy, 'role'>>,
): OutboundLayout {
  const { role, dataPlane, interception } = proxy;
  if (role === 'router') return { perService: false, perPort: false, httpProxy: false, gateway: true };
  if (dataPlane === 'grpc') return { perService: true, perPort: false, httpProxy: false };
  if (interception.mode === 'REDIRECT') return { perService: false, perPort: true, httpProxy: false };
  return { perService: true, perPort: false, httpProxy: interception.httpProxy !== undefined };
}

/** Text that is equal for equal layouts. */
export function layoutKey(layout: OutboundLayout): string {
  const { perService, perPort, httpProxy, gateway } = layout;
  return [perService && 'service', perPort && 'port', httpProxy && 'proxy', gateway && 'gateway']
    .filter(Boolean)
    .join('+');
}
