import { z } from 'zod';
import { withRules, type CelRule } from '../../schema/kubernetes-schema.ts';
import { int32, mapList, mapOf } from '../../schema/structural.ts';
import { conditions } from './conditions.ts';
import { annotationValue, groupName, hostname, kindName, portNumber, sectionName } from './names.ts';
import { secretObjectReference } from './references.ts';
import { listenerFilters } from './route-filters.ts';
import { routeNamespaces } from './route-namespaces.ts';

const routeGroupKind = z.strictObject({
  group: groupName.default('gateway.networking.k8s.io').describe('API group.'),
  kind: kindName.describe('Kind, such as HTTPRoute.'),
});

const listenerTls = withRules(
  z.strictObject({
    mode: z
      .enum(['Terminate', 'Passthrough'])
      .default('Terminate')
      .describe('Terminate: TLS ends here. Passthrough: it goes on to the backend as it is.'),
    certificateRefs: z
      .array(secretObjectReference)
      .max(64)
      .optional()
      .describe('Certificates with their keys, for Terminate; by SNI the one that fits is taken.'),
    options: mapOf(annotationValue, 16)
      .optional()
      .describe('Further settings of an implementation; its names begin with a domain.'),
  }),
  {
    message: 'certificateRefs or options must be specified when mode is Terminate',
    rule: "self.mode == 'Terminate' ? size(self.certificateRefs) > 0 || size(self.options) > 0 : true",
  },
);

/** Fields of one listener, of a Gateway or a ListenerSet. */
const listener = z.strictObject({
  name: sectionName.describe('Name, unique in its object; routes name it as sectionName.'),
  hostname: hostname
    .optional()
    .describe('Host that it is for, by SNI and Host header; default: any. Not for TCP and UDP.'),
  port: portNumber.describe('Port where it listens; listeners may share one if they can be told apart.'),
  protocol: z
    .string()
    .min(1)
    .max(255)
    .regex(
      /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$/,
      { error: 'must be a protocol such as HTTPS or example.com/bar' },
    )
    .describe('HTTP, HTTPS, TLS, TCP, UDP, or one of an implementation such as example.com/bar.'),
  tls: listenerTls.optional().describe('Required for HTTPS and TLS, not allowed for HTTP, TCP and UDP.'),
  allowedRoutes: z
    .strictObject({
      namespaces: routeNamespaces.default({ from: 'Same' }).describe('From where.'),
      kinds: z
        .array(routeGroupKind)
        .max(8)
        .optional()
        .describe('Kinds of routes; default: those that fit the protocol.'),
    })
    .default({ namespaces: { from: 'Same' } })
    .describe('Which routes may attach.'),
  filters: listenerFilters
    .optional()
    .describe('What happens to every request, before a route is chosen (experimental).'),
});

const samePort: CelRule = {
  message: 'Combination of port, protocol and hostname must be unique for each listener',
  rule: 'self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))',
};

const samePortInSet: CelRule = {
  message: samePort.message,
  rule: 'self.all(l1, !has(l1.port) || self.exists_one(l2, has(l2.port) && l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))',
};

const listenersRules: readonly CelRule[] = [
  {
    message: "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
    rule: "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)",
  },
  {
    message: 'tls mode must be Terminate for protocol HTTPS',
    rule: "self.all(l, (l.protocol == 'HTTPS' && has(l.tls)) ? (l.tls.mode == '' || l.tls.mode == 'Terminate') : true)",
  },
  {
    message: 'tls mode must be set for protocol TLS',
    rule: "self.all(l, (l.protocol == 'TLS' ? has(l.tls) && has(l.tls.mode) && l.tls.mode != '' : true))",
  },
  {
    message: "hostname must not be specified for protocols ['TCP', 'UDP']",
    rule: "self.all(l, l.protocol in ['TCP', 'UDP']  ? (!has(l.hostname) || l.hostname == '') : true)",
  },
  {
    message: 'Listener name must be unique within the Gateway',
    rule: 'self.all(l1, self.exists_one(l2, l1.name == l2.name))',
  },
];

/** Filters belong to requests of HTTP; a ListenerSet's CustomResourceDefinition has no such rule. */
const gatewayListener = withRules(listener, {
  message: 'filters may only be set when protocol is HTTP or HTTPS',
  rule: "!has(self.filters) || self.protocol in ['HTTP', 'HTTPS']",
});

/** Listeners of a Gateway. */
export const gatewayListeners = withRules(
  mapList(z.array(gatewayListener).min(1).max(64), 'name'),
  ...listenersRules,
  samePort,
);

/** Listeners of a ListenerSet. */
export const listenerSetListeners = withRules(
  mapList(z.array(listener).min(1).max(64), 'name'),
  ...listenersRules,
  samePortInSet,
);

/** What became of each listener. */
export const listenerStatuses = mapList(
  z
    .array(
      z.strictObject({
        name: sectionName.describe('Name of the listener.'),
        supportedKinds: z
          .array(routeGroupKind)
          .max(8)
          .optional()
          .describe('Kinds of routes that it takes: those allowed that the controller knows.'),
        attachedRoutes: int32().describe('How many routes are attached.'),
        conditions,
      }),
    )
    .max(64),
  'name',
);
