import { z } from 'zod';
import { stringMap } from '../istio-type/maps.ts';
import { portByRule, uint32 } from '../istio-type/numbers.ts';

const text = z.string().optional();
const port = uint32().optional();

const filterMatch = z.strictObject({
  name: text.describe('Name of a filter, such as envoy.filters.network.http_connection_manager.'),
  subFilter: z
    .strictObject({ name: text.describe('Name of the filter inside, such as envoy.filters.http.router.') })
    .optional()
    .describe('A filter inside that filter, such as an HTTP filter.'),
});

/** A listener, and what is in it. */
export const listenerMatchSchema = z.strictObject({
  portNumber: port.describe('Port of the service or gateway; default: all.'),
  portName: text.describe('Name of the port. Has no effect.'),
  name: text.describe('Name of the listener, such as virtualInbound.'),
  listenerFilter: text.describe('Name of a listener filter.'),
  filterChain: z
    .strictObject({
      name: text.describe('Name of the filter chain.'),
      sni: text.describe('Server name that the chain is for.'),
      transportProtocol: text.describe('What the chain matches: tls or raw_buffer. Inbound sidecars only.'),
      applicationProtocols: text.describe('Protocols that the chain matches, with commas: h2, http/1.1, http/1.0.'),
      destinationPort: port.describe('Port that the chain matches.'),
      transportSocket: text.describe(
        'What the chain does with bytes: envoy.transport_sockets.tls (ends TLS), .raw_buffer or .quic.',
      ),
      filter: filterMatch.optional().describe('A filter of the chain.'),
    })
    .optional()
    .describe('A filter chain of the listener; default: all.'),
});

/** A route configuration, and what is in it. */
export const routeConfigurationMatchSchema = z.strictObject({
  portNumber: port.describe('Port of the service or gateway; default: all.'),
  portName: text.describe('Name of a gateway’s port.'),
  gateway: text.describe('The gateway, as namespace/name.'),
  name: text.describe('Name of the route configuration, such as 9080.'),
  vhost: z
    .strictObject({
      name: text.describe('Name of the virtual host, host:port.'),
      domainName: text.describe('A domain of the virtual host.'),
      route: z
        .strictObject({
          name: text.describe('Name of the route: that of the rule in the VirtualService, else default.'),
          action: z
            .enum(['ANY', 'ROUTE', 'REDIRECT', 'DIRECT_RESPONSE'])
            .optional()
            .describe('What the route does; default ANY.'),
        })
        .optional()
        .describe('A route of the virtual host; default: all.'),
    })
    .optional()
    .describe('A virtual host; default: all.'),
});

/** A cluster. */
export const clusterMatchSchema = z.strictObject({
  portNumber: port.describe('Port of the service, inbound of the workload; default: all.'),
  service: text.describe('Full name of the service; default: all. Not inbound.'),
  subset: text.describe('Subset of the service; default: all.'),
  name: text.describe('Name of the cluster; then leave out the rest.'),
});

/** What a waypoint has. */
export const waypointMatchSchema = z.strictObject({
  portNumber: portByRule().optional().describe('Port of the service; default: all.'),
  filter: filterMatch.optional().describe('A filter.'),
  route: z
    .strictObject({ name: text.describe('Name of the route.') })
    .optional()
    .describe('A route.'),
});

/** Proxies by what they say of themselves. */
export const proxyMatchSchema = z.strictObject({
  proxyVersion: text.describe('Regular expression of RE2 for the proxy’s version of Istio.'),
  metadata: stringMap().optional().describe('Values that the proxy’s metadata must have, by name.'),
});
