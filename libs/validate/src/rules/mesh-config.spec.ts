import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const mesh = validResource('MeshConfig', 'default');
const config = 'spec.defaultConfig';
const providers = 'spec.extensionProviders';

describe('a MeshConfig', () => {
  it.each<RuleRow>([
    [{ 'spec.proxyListenPort': 70000 }, 'spec.proxyListenPort'],
    [{ 'spec.connectTimeout': '10us' }, 'spec.connectTimeout'],
    [{ 'spec.connectTimeout': '2h' }, 'spec.connectTimeout'],
    [{ 'spec.protocolDetectionTimeout': '1500us' }, 'spec.protocolDetectionTimeout'],
    [{ 'spec.trustDomain': 'a_b' }, 'spec.trustDomain'],
    [{ 'spec.trustDomainAliases': ['a b'] }, 'spec.trustDomainAliases[0]'],
    [{ 'spec.serviceSettings[0].hosts': ['a.*'] }, 'spec.serviceSettings[0].hosts[0]'],
    [{ 'spec.meshMTLS': { ecdhCurves: ['P-256'] } }, 'spec.meshMTLS.ecdhCurves'],
    [{ 'spec.localityLbSetting.failover[0].to': 'eu' }, 'spec.localityLbSetting.failover[0].to'],
    [
      { 'spec.zoneAwareLbSetting': { failoverPriority: ['topology.kubernetes.io/zone'] } },
      'spec.zoneAwareLbSetting.failoverPriority[0]',
    ],
    [{ 'spec.defaultTrafficPolicy.connectionPool': {} }, 'spec.defaultTrafficPolicy.connectionPool'],
    [
      { 'spec.defaultTrafficPolicy.outlierDetection': { maxEjectionPercent: 101 } },
      'spec.defaultTrafficPolicy.outlierDetection.maxEjectionPercent',
    ],
    [{ [`${config}.discoveryAddress`]: 'istiod' }, `${config}.discoveryAddress`],
    [{ [`${config}.discoveryAddress`]: 'istiod:x' }, `${config}.discoveryAddress`],
    [{ [`${config}.discoveryAddress`]: 'a b:1' }, `${config}.discoveryAddress`],
    [{ [`${config}.statsdUdpAddress`]: ':1' }, `${config}.statsdUdpAddress`],
    [{ [`${config}.envoyMetricsService`]: { address: 'a' } }, `${config}.envoyMetricsService.address`],
    [{ [`${config}.statusPort`]: 70000 }, `${config}.statusPort`],
    [{ [`${config}.serviceCluster`]: '' }, `${config}.serviceCluster`],
    [{ [`${config}.controlPlaneAuthPolicy`]: 'INHERIT' }, `${config}.controlPlaneAuthPolicy`],
    [{ [`${config}.drainDuration`]: '1500ms' }, `${config}.drainDuration`],
    [{ [`${config}.tracing.zipkin.address`]: 'a' }, `${config}.tracing.zipkin.address`],
    [{ [`${config}.tracing`]: { lightstep: { address: 'a:1' } } }, `${config}.tracing.lightstep.accessToken`],
    [{ [`${config}.privateKeyProvider`]: {} }, `${config}.privateKeyProvider`],
    [{ [`${config}.privateKeyProvider`]: { qat: {} } }, `${config}.privateKeyProvider.qat.pollDelay`],
    [
      { [`${config}.connectionSettings.httpMaxConcurrentStreams`]: 0 },
      `${config}.connectionSettings.httpMaxConcurrentStreams`,
    ],
    [
      { [`${config}.connectionSettings.http2InitialStreamWindowSize`]: 65534 },
      `${config}.connectionSettings.http2InitialStreamWindowSize`,
    ],
    [{ 'spec.networks.eu.endpoints[0].fromCidr': 'a' }, 'spec.networks.eu.endpoints[0].fromCidr'],
    [{ 'spec.networks.eu.endpoints[1].fromRegistry': 'a b' }, 'spec.networks.eu.endpoints[1].fromRegistry'],
    [{ 'spec.networks.eu.gateways[0].address': 'a b' }, 'spec.networks.eu.gateways[0].address'],
    [{ 'spec.networks.eu.gateways[0].port': 0 }, 'spec.networks.eu.gateways[0].port'],
    [{ 'spec.networks.eu.gateways[1].registryServiceName': 'a b' }, 'spec.networks.eu.gateways[1].registryServiceName'],
  ])('refuses %j', (...row) => expectRefused(mesh, row));

  it.each<RuleRow>([
    [{ 'spec.tlsDefaults.ecdhCurves': ['X'] }, 'spec.tlsDefaults.ecdhCurves[0]'],
    [
      { [`${config}.proxyMetadata`]: { ISTIO_META_DNS_AUTO_ALLOCATE: 'true' } },
      `${config}.proxyMetadata.ISTIO_META_DNS_AUTO_ALLOCATE`,
    ],
    [{ [`${providers}[0].name`]: '' }, `${providers}[0].name`],
    [{ [`${providers}[1].name`]: 'decider' }, `${providers}[1].name`],
    [{ [`${providers}[2].prometheus`]: undefined }, `${providers}[2]`],
    [{ [`${providers}[0].envoyExtAuthzHttp.service`]: '' }, `${providers}[0].envoyExtAuthzHttp.service`],
    [{ [`${providers}[0].envoyExtAuthzHttp.service`]: 'a b/c.d' }, `${providers}[0].envoyExtAuthzHttp.service`],
    [{ [`${providers}[0].envoyExtAuthzHttp.port`]: 0 }, `${providers}[0].envoyExtAuthzHttp.port`],
    [{ [`${providers}[0].envoyExtAuthzHttp.statusOnError`]: '999' }, `${providers}[0].envoyExtAuthzHttp.statusOnError`],
    [{ [`${providers}[0].envoyExtAuthzHttp.pathPrefix`]: 'a' }, `${providers}[0].envoyExtAuthzHttp.pathPrefix`],
    [
      { [`${providers}[1]`]: { name: 'a', lightstep: { service: 'a.b', port: 1 } } },
      `${providers}[1].lightstep.accessToken`,
    ],
    [
      { [`${providers}[1].opentelemetry.http`]: {}, [`${providers}[1].opentelemetry.grpc`]: {} },
      `${providers}[1].opentelemetry.http`,
    ],
  ])('warns of %j', (...row) => expectWarned(mesh, row));
});
