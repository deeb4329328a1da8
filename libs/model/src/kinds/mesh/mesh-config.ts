import { z } from 'zod';
import { openLabelSelectorSchema } from '../../label-selector.ts';
import { int32 } from '../../schema/structural.ts';
import { anyDuration, positiveDuration } from '../istio-type/durations.ts';
import { tcpKeepaliveSchema } from '../networking/connection-pool.ts';
import { retriesSchema } from '../networking/http-resilience.ts';
import { localityLbSettingSchema, zoneAwareLbSettingSchema } from '../networking/locality.ts';
import { extensionProviderSchema } from './extension-provider.ts';
import {
  configSourceSchema,
  externalAuthoritySchema,
  providedCertificateSchema,
  trustAnchorSchema,
} from './mesh-identity.ts';
import {
  defaultTrafficPolicySchema,
  inboundPolicySchema,
  meshOutboundPolicySchema,
  meshTlsSchema,
  pathNormalizationSchema,
  serviceEntryVisibilitySchema,
  serviceScopeSchema,
  serviceSettingsSchema,
} from './mesh-policies.ts';
import { networkSchema } from './networks.ts';
import { proxySettingsSchema } from './proxy-settings.ts';

const text = z.string().optional();
const flag = z.boolean().optional();
const names = z.array(z.string()).optional();
const exportTo = (kind: string) =>
  names.describe(`exportTo of ${kind} that have none: namespaces, . (own), * (all) or ~ (none). Default *.`);
const statName = (variables: string) =>
  text.describe(`Names of clusters in metrics, with %SERVICE%, %SERVICE_NAME%, %SERVICE_FQDN%, ${variables}.`);

/** Who trusts whom. */
const identity = {
  trustDomain: text.describe('Trust domain of the mesh’s identities; default cluster.local.'),
  trustDomainAliases: names.describe('Other trust domains whose identities count as the mesh’s own.'),
  caCertificates: z.array(trustAnchorSchema).optional().describe('Further root certificates that workloads trust.'),
  ca: externalAuthoritySchema.optional().describe('Authority that signs workloads’ certificates in place of the own.'),
  certificates: z.array(providedCertificateSchema).optional().describe('Deprecated: certificates to provide.'),
  enableAutoMtls: z
    .boolean()
    .nullish()
    .describe('Mutual TLS to every instance that takes it, without a DestinationRule. Default true.'),
  meshMTLS: meshTlsSchema.optional().describe('Limits of mutual TLS between workloads.'),
  tlsDefaults: meshTlsSchema.optional().describe('Limits of all other TLS.'),
  verifyCertificateAtClient: z.boolean().nullish().describe('Deprecated: check certificates of servers. Default true.'),
};

/** What traffic does where no resource says otherwise. */
const traffic = {
  outboundTrafficPolicy: meshOutboundPolicySchema.optional().describe('Traffic for hosts that are not known.'),
  inboundTrafficPolicy: inboundPolicySchema.optional().describe('Where sidecars pass on what they take in.'),
  connectTimeout: positiveDuration.optional().describe('Time for a connection to open, at least 1ms; default 10s.'),
  tcpKeepalive: tcpKeepaliveSchema.optional().describe('Find dead connections by probes; default: off.'),
  hboneIdleTimeout: anyDuration.optional().describe('Close idle connections to ztunnels after so long; default 1h.'),
  protocolDetectionTimeout: anyDuration
    .optional()
    .describe('Time to find out the protocol of a connection, then it is TCP; default 0s: no limit, as is best.'),
  h2UpgradePolicy: z
    .enum(['DO_NOT_UPGRADE', 'UPGRADE'])
    .optional()
    .describe('Speak HTTP/2 to instances of HTTP/1.1 ports. Default DO_NOT_UPGRADE.'),
  defaultHttpRetryPolicy: retriesSchema
    .optional()
    .describe('Retries of rules that have none; default 2 attempts. perTryTimeout has no effect.'),
  defaultInboundHttpRetryPolicy: retriesSchema
    .optional()
    .describe('Retries from sidecar to application; default 2, of what was reset before it was sent.'),
  defaultTrafficPolicy: defaultTrafficPolicySchema.optional().describe('What DestinationRules begin with.'),
  localityLbSetting: localityLbSettingSchema.optional().describe('Regions and zones to prefer; default: on.'),
  zoneAwareLbSetting: zoneAwareLbSettingSchema
    .optional()
    .describe('Stay in the caller’s zone as far as possible; wins over localityLbSetting. Default: off.'),
  dnsRefreshRate: anyDuration.optional().describe('How often names of services are resolved; default 60s.'),
  pathNormalization: pathNormalizationSchema.optional().describe('How paths are made the same.'),
};

/** What is seen of services, and by whom. */
const visibility = {
  rootNamespace: text.describe('Namespace of what holds for the whole mesh; default istio-system.'),
  defaultServiceExportTo: exportTo('ServiceEntries and Services'),
  defaultVirtualServiceExportTo: exportTo('VirtualServices'),
  defaultDestinationRuleExportTo: exportTo('DestinationRules'),
  serviceEntryVisibility: serviceEntryVisibilitySchema.optional().describe('How far ServiceEntries are seen.'),
  serviceSettings: z.array(serviceSettingsSchema).optional().describe('Settings of some services.'),
  serviceScopeConfigs: z
    .array(serviceScopeSchema)
    .optional()
    .describe('Which services are known in all clusters; ambient mode.'),
  discoverySelectors: z
    .array(openLabelSelectorSchema)
    .optional()
    .describe('Namespaces that are looked at, one of which must match; default: all.'),
  configSources: z.array(configSourceSchema).optional().describe('Where configuration comes from.'),
};

/** Traces, metrics and logs. */
const telemetry = {
  enableTracing: flag.describe('Make spans and request ids. Default true.'),
  accessLogFile: text.describe('File of access logs, such as /dev/stdout; empty: none. Telemetry wins.'),
  accessLogFormat: text.describe('What a log entry looks like, with Envoy’s operators; default: Istio’s.'),
  accessLogEncoding: z.enum(['TEXT', 'JSON']).optional().describe('How log entries are written; default TEXT.'),
  enableEnvoyAccessLogService: flag.describe('Send log entries to defaultConfig.envoyAccessLogService. Default false.'),
  disableEnvoyListenerLog: flag.describe('Do not log connections that no listener takes. Default false.'),
  enablePrometheusMerge: z
    .boolean()
    .nullish()
    .describe('Give out the application’s metrics together with the proxy’s. Default true.'),
  inboundClusterStatName: statName('%SERVICE_PORT%, %SERVICE_PORT_NAME%, %TARGET_PORT%; inbound'),
  outboundClusterStatName: statName('%SERVICE_PORT%, %SERVICE_PORT_NAME%, %SUBSET_NAME%; outbound'),
  extensionProviders: z
    .array(extensionProviderSchema)
    .optional()
    .describe('Services that AuthorizationPolicy, Telemetry and gateways name.'),
  defaultProviders: z
    .strictObject({
      tracing: names.describe('For traces.'),
      metrics: names.describe('For metrics.'),
      accessLogging: names.describe('For access logs.'),
    })
    .optional()
    .describe('Extension providers where Telemetry names none.'),
};

/** Ports, old Ingress, proxies and networks. */
const rest = {
  proxyListenPort: int32().optional().describe('Port of outbound traffic; default 15001.'),
  proxyInboundListenPort: int32().optional().describe('Port of inbound traffic; default 15006.'),
  proxyHttpPort: int32()
    .optional()
    .describe('Port where applications use the sidecar as an HTTP proxy; default: none.'),
  ingressClass: text.describe('Class of the Ingress objects to take; default istio.'),
  ingressService: text.describe('Service of the ingress gateway; default istio-ingressgateway.'),
  ingressControllerMode: z
    .enum(['UNSPECIFIED', 'OFF', 'DEFAULT', 'STRICT'])
    .optional()
    .describe('Which Ingress objects to take. STRICT: of the class (default). DEFAULT: also without one. OFF: none.'),
  ingressSelector: text.describe('Value of the label istio of the ingress gateway; default ingressgateway.'),
  defaultConfig: proxySettingsSchema.optional().describe('What proxies start with.'),
  networks: z
    .record(z.string(), networkSchema)
    .optional()
    .describe('Networks of the mesh, by name. In Istio a file of its own: meshNetworks.'),
};

/** mesh.istio.io MeshConfig: what holds for the whole mesh. Source: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/ */
export const meshConfigSpecSchema = z.strictObject({ ...identity, ...traffic, ...visibility, ...telemetry, ...rest });

export type MeshConfigSpec = z.infer<typeof meshConfigSpecSchema>;
