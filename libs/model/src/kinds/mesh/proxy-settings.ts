import { z } from 'zod';
import { int32 } from '../../schema/structural.ts';
import { anyDuration, positiveDuration } from '../istio-type/durations.ts';
import { stringMap } from '../istio-type/maps.ts';
import { uint32 } from '../istio-type/numbers.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { clientTlsSchema } from '../networking/client-tls.ts';
import { tcpKeepaliveSchema } from '../networking/connection-pool.ts';
import { proxyImageSchema } from '../networking/proxy-config.ts';
import { readinessProbeSchema } from '../networking/readiness-probe.ts';
import { connectionSettingsSchema } from './connection-settings.ts';
import { clientCertForwarding, proxyHeadersSchema } from './proxy-headers.ts';
import { proxyTracingSchema } from './proxy-tracing.ts';

const text = z.string().optional();
const names = z.array(z.string()).optional();

const remoteServiceSchema = z.strictObject({
  address: text.describe('host:port of the service.'),
  tlsSettings: clientTlsSchema.optional().describe('How connections to it are secured.'),
  tcpKeepalive: tcpKeepaliveSchema.optional().describe('Find dead connections by probes; default: off.'),
});

const keyAccelerator = z.strictObject({
  pollDelay: positiveDuration.optional().describe('Time to collect work for, at least 1ms: longer means more at once.'),
  fallback: z.boolean().nullish().describe('Go on without the hardware where it is not there. Default false.'),
});

const topologySchema = z.strictObject({
  numTrustedProxies: uint32()
    .optional()
    .describe(
      'Trusted proxies before the gateway: the caller’s address is so many places from the right in X-Forwarded-For. Default 0.',
    ),
  forwardClientCertDetails: clientCertForwarding
    .optional()
    .describe('What gateways do with x-forwarded-client-cert of requests; default SANITIZE_SET.'),
  proxyProtocol: z.strictObject({}).optional().describe('Expect the PROXY protocol on connections of clients.'),
});

/** What proxies start with. A change takes effect when they are started again. */
export const proxySettingsSchema = atMostOneOf(
  z.strictObject({
    configPath: text.describe('Folder for generated files; default ./etc/istio/proxy.'),
    binaryPath: text.describe('Path of the proxy’s program; default /usr/local/bin/envoy.'),
    serviceCluster: text.describe('Name of the service that the proxy tells, for traces; default istio-proxy.'),
    tracingServiceName: z
      .enum(['APP_LABEL_AND_NAMESPACE', 'CANONICAL_NAME_ONLY', 'CANONICAL_NAME_AND_NAMESPACE'])
      .optional()
      .describe(
        'How that name is made: of the label app (default) or of the canonical name, with or without namespace.',
      ),
    drainDuration: anyDuration.optional().describe('Time to end connections when listeners change; default 45s.'),
    discoveryAddress: text.describe('host:port of the control plane; default istiod.istio-system.svc:15012.'),
    discoveryRefreshDelay: anyDuration.optional().describe('Deprecated; has no effect.'),
    zipkinAddress: text.describe('Deprecated: use tracing.zipkin.address.'),
    statsdUdpAddress: text.describe('address:port of a statsd server that gets metrics; default: none.'),
    envoyMetricsServiceAddress: text.describe('Deprecated: use envoyMetricsService.address.'),
    proxyAdminPort: int32().optional().describe('Port of the proxy’s admin interface; default 15000.'),
    availabilityZone: text.describe('Deprecated; has no effect.'),
    controlPlaneAuthPolicy: z
      .enum(['NONE', 'MUTUAL_TLS', 'INHERIT'])
      .optional()
      .describe('How the proxy speaks to the control plane; default MUTUAL_TLS.'),
    customConfigFile: text.describe('File of the proxy’s configuration in place of a generated one.'),
    statNameLength: int32().optional().describe('Most characters of a metric’s name; default 189.'),
    concurrency: int32().nullish().describe('Worker threads; default: by the CPU limit. 0: one for each core.'),
    proxyBootstrapTemplatePath: text.describe('Template of the bootstrap in place of the usual one.'),
    interceptionMode: z
      .enum(['REDIRECT', 'TPROXY', 'NONE'])
      .optional()
      .describe(
        'How inbound traffic gets in. REDIRECT: by NAT (default). TPROXY: keeps the caller’s address. NONE: not.',
      ),
    tracing: proxyTracingSchema.optional().describe('Tracing; Telemetry is the newer way.'),
    sds: z
      .strictObject({
        enabled: z.boolean().optional().describe('Deprecated; has no effect.'),
        k8sSaJwtPath: text.describe('Deprecated; has no effect.'),
      })
      .optional()
      .describe('Deprecated; has no effect.'),
    envoyAccessLogService: remoteServiceSchema.optional().describe('Service that gets access logs.'),
    envoyMetricsService: remoteServiceSchema.optional().describe('Service that gets metrics.'),
    proxyMetadata: stringMap()
      .optional()
      .describe('Environment variables of the proxy; ISTIO_META_ ones are told to the control plane.'),
    runtimeValues: stringMap().optional().describe('Runtime settings of Envoy; they may break it.'),
    statusPort: int32().optional().describe('Port of the agent’s health and metrics; default 15020.'),
    extraStatTags: names.describe('Deprecated; has no effect.'),
    gatewayTopology: topologySchema.optional().describe('What stands before gateways.'),
    terminationDrainDuration: anyDuration
      .optional()
      .describe('Time to end connections when the proxy is stopped; default 5s.'),
    meshId: text.describe('Name of the mesh, for telemetry; default: the trust domain.'),
    readinessProbe: readinessProbeSchema
      .optional()
      .describe('How the agent finds out whether the application is ready.'),
    proxyStatsMatcher: z
      .strictObject({
        inclusionPrefixes: names.describe('Beginnings of names.'),
        inclusionSuffixes: names.describe('Ends of names.'),
        inclusionRegexps: names.describe('Regular expressions of RE2 for names.'),
      })
      .optional()
      .describe('Further metrics of Envoy to make, by name; the more, the costlier.'),
    holdApplicationUntilProxyStarts: z
      .boolean()
      .nullish()
      .describe('Let the application start only when the proxy is ready. Default false.'),
    caCertificatesPem: names.describe('Further root certificates, in PEM.'),
    image: proxyImageSchema.optional().describe('The proxy’s image.'),
    privateKeyProvider: atMostOneOf(
      z.strictObject({
        cryptomb: keyAccelerator.optional().describe('Intel’s CryptoMB instructions.'),
        qat: keyAccelerator.optional().describe('Intel’s QuickAssist hardware.'),
      }),
      ['cryptomb', 'qat'],
    )
      .optional()
      .describe('Hardware that works with private keys; default: none.'),
    proxyHeaders: proxyHeadersSchema.optional().describe('Which headers proxies set, and how.'),
    fileFlushInterval: positiveDuration
      .optional()
      .describe('How often log files are written, at least 1ms; default 1s.'),
    fileFlushMinSizeKb: uint32().optional().describe('Or after so many kilobytes; default 64.'),
    statsCompression: z.boolean().nullish().describe('Offer compression for metrics. Default true.'),
    connectionSettings: connectionSettingsSchema.optional().describe('Limits and times for connections of clients.'),
  }),
  ['serviceCluster', 'tracingServiceName'],
).meta({ id: 'ProxySettings' });

export type ProxySettings = z.infer<typeof proxySettingsSchema>;
