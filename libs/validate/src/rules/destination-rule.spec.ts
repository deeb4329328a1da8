import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const all = validResource('DestinationRule', 'all');
const policy = 'spec.trafficPolicy';

describe('a DestinationRule', () => {
  it.each<RuleRow>([
    [{ 'spec.host': '' }, 'spec.host'],
    [{ 'spec.host': 'a.*' }, 'spec.host'],
    [{ 'spec.host': '10.1.2.3' }, 'spec.host'],
    [{ spec: undefined }, 'spec'],
    [{ 'spec.exportTo': ['*'] }, 'spec.exportTo'],
    [{ 'spec.exportTo': ['a b'] }, 'spec.exportTo[0]'],
    [{ 'spec.workloadSelector.matchLabels': { app: 'a*' } }, 'spec.workloadSelector.matchLabels.app'],
    [{ 'spec.subsets[1].name': 'v1' }, 'spec.subsets[1].name'],
    [{ 'spec.subsets[1].name': 'v_1' }, 'spec.subsets[1].name'],
    [{ 'spec.subsets[1].labels': { a: 'b c' } }, 'spec.subsets[1].labels.a'],
    [{ 'spec.subsets[1].trafficPolicy': {} }, 'spec.subsets[1].trafficPolicy'],
    [{ [policy]: { portLevelSettings: [] } }, policy],
    [{ [`${policy}.proxyProtocol`]: {} }, `${policy}.proxyProtocol`],
    [{ [`${policy}.tunnel.protocol`]: 'GET' }, `${policy}.tunnel.protocol`],
    [{ [`${policy}.tunnel.targetHost`]: '*' }, `${policy}.tunnel.targetHost`],
    [{ [`${policy}.tunnel.targetPort`]: 0 }, `${policy}.tunnel.targetPort`],
    [{ [`${policy}.portLevelSettings[0].port`]: undefined }, `${policy}.portLevelSettings[0].port`],
    [{ [`${policy}.portLevelSettings[0].port`]: {} }, `${policy}.portLevelSettings[0].port.number`],
    [{ [`${policy}.portLevelSettings`]: [{ port: { number: 1 } }] }, `${policy}.portLevelSettings[0]`],
  ])('refuses %j', (...row) => expectRefused(all, row));

  it.each<RuleRow>([
    [{ 'spec.workloadSelector.matchLabels': {} }, 'spec.workloadSelector'],
    [
      { [`${policy}.portLevelSettings[1]`]: { port: { number: 80 }, tls: { mode: 'DISABLE' } } },
      `${policy}.portLevelSettings[1].port.number`,
    ],
  ])('warns of %j', (...row) => expectWarned(all, row));
});

describe('connection pools and outlier detection', () => {
  const [tcp, http, outlier] = ['connectionPool.tcp', 'connectionPool.http', 'outlierDetection'].map(
    (part) => `${policy}.${part}`,
  );
  it.each<RuleRow>([
    [{ [`${policy}.connectionPool`]: {} }, `${policy}.connectionPool`],
    [{ [`${tcp}.maxConnections`]: -1 }, `${tcp}.maxConnections`],
    [{ [`${tcp}.connectTimeout`]: '0s' }, `${tcp}.connectTimeout`],
    [{ [`${tcp}.maxConnectionDuration`]: '10us' }, `${tcp}.maxConnectionDuration`],
    [{ [`${tcp}.idleTimeout`]: '10us' }, `${tcp}.idleTimeout`],
    [{ [`${tcp}.tcpKeepalive.time`]: '0s' }, `${tcp}.tcpKeepalive.time`],
    [{ [`${http}.http2MaxRequests`]: -1 }, `${http}.http2MaxRequests`],
    [{ [`${http}.maxConcurrentStreams`]: -1 }, `${http}.maxConcurrentStreams`],
    [{ [`${http}.idleTimeout`]: '0s' }, `${http}.idleTimeout`],
    [{ [`${http}.useClientProtocol`]: true }, `${http}.useClientProtocol`],
    [{ [`${http}.http2KeepAlive`]: { interval: '1s' } }, `${http}.http2KeepAlive.timeout`],
    [{ [`${http}.http2KeepAlive`]: { timeout: '1s' } }, `${http}.http2KeepAlive.interval`],
    [{ [`${outlier}.interval`]: '0s' }, `${outlier}.interval`],
    [{ [`${outlier}.baseEjectionTime`]: '10us' }, `${outlier}.baseEjectionTime`],
    [{ [`${outlier}.maxEjectionPercent`]: 101 }, `${outlier}.maxEjectionPercent`],
    [{ [`${outlier}.minHealthPercent`]: -1 }, `${outlier}.minHealthPercent`],
    [{ [`${outlier}.splitExternalLocalOriginErrors`]: false }, `${outlier}.consecutiveLocalOriginFailures`],
  ])('refuse %j', (...row) => expectRefused(all, row));

  it.each<RuleRow>([[{ [`${outlier}.consecutiveErrors`]: 1 }, `${outlier}.consecutiveErrors`]])(
    'warn of %j',
    (...row) => expectWarned(all, row),
  );
});

describe('load balancers', () => {
  const balancer = `${policy}.loadBalancer`;
  const hash = `${balancer}.consistentHash`;
  const locality = `${balancer}.localityLbSetting`;
  const zone = `${policy}.portLevelSettings[0].loadBalancer.zoneAwareLbSetting`;
  const subset = 'spec.subsets[0].trafficPolicy.loadBalancer.localityLbSetting';
  it.each<RuleRow>([
    [{ [`${hash}.httpCookie.name`]: '' }, `${hash}.httpCookie.name`],
    [{ [`${hash}.httpCookie.name`]: 'a=b' }, `${hash}.httpCookie.name`],
    [{ [`${hash}.httpCookie.ttl`]: '10us' }, `${hash}.httpCookie.ttl`],
    [{ [`${hash}.httpCookie.attributes[0].name`]: '' }, `${hash}.httpCookie.attributes[0].name`],
    [{ [`${hash}.httpCookie.attributes[1]`]: { name: 'SameSite' } }, `${hash}.httpCookie.attributes[1].name`],
    [{ [hash]: { httpHeaderName: 'a b' } }, `${hash}.httpHeaderName`],
    [{ [`${hash}.ringHash.minimumRingSize`]: 8_388_609 }, `${hash}.ringHash.minimumRingSize`],
    [{ [`${hash}.maglev.tableSize`]: 65536 }, `${hash}.maglev.tableSize`],
    [{ [`${hash}.maglev.tableSize`]: 5_000_011 }, `${hash}.maglev.tableSize`],
    [{ [`${hash}.maglev`]: {} }, `${hash}.maglev.tableSize`],
    [{ [`${hash}.minimumRingSize`]: 5 }, `${hash}.minimumRingSize`],
    [{ [`${balancer}.zoneAwareLbSetting`]: {} }, `${balancer}.zoneAwareLbSetting`],
    [{ [`${balancer}.warmup.duration`]: '0s' }, `${balancer}.warmup.duration`],
    [{ [`${balancer}.warmup.minimumPercent`]: 101 }, `${balancer}.warmup.minimumPercent`],
    [{ [`${balancer}.warmup.aggression`]: 0 }, `${balancer}.warmup.aggression`],
    [{ [`${locality}.failover`]: [{ from: 'a', to: 'b' }] }, `${locality}.failover`],
    [{ [`${locality}.distribute[0].to`]: { 'eu/a': 50, 'eu/b': 49 } }, `${locality}.distribute[0].to`],
    [{ [`${locality}.distribute[0].to`]: { 'eu/a': 100, 'eu/b': 0 } }, `${locality}.distribute[0].to["eu/b"]`],
    [{ [`${locality}.distribute[0].to`]: { 'eu/*': 50, 'eu/b': 50 } }, `${locality}.distribute[0].to["eu/b"]`],
    [{ [`${locality}.distribute[0].from`]: 'eu//a' }, `${locality}.distribute[0].from`],
    [{ [`${locality}.distribute[0].from`]: '*/a' }, `${locality}.distribute[0].from`],
    [{ [`${subset}.failover[0].to`]: 'eu' }, `${subset}.failover[0].to`],
    [{ [`${subset}.failover[0].to`]: 'us/a' }, `${subset}.failover[0].to`],
    [{ [`${subset}.failover[0].from`]: 'e*' }, `${subset}.failover[0].from`],
    [{ [`${subset}.failoverPriority`]: ['topology.kubernetes.io/zone'] }, `${subset}.failoverPriority[0]`],
    [{ [`${zone}.failoverPriority`]: ['topology.kubernetes.io/region'] }, `${zone}.failoverPriority[0]`],
    [{ [`${zone}.failover[0].to`]: 'eu' }, `${zone}.failover[0].to`],
  ])('refuse %j', (...row) => expectRefused(all, row));

  it.each<RuleRow>([
    [{ [hash]: {} }, hash],
    [{ [hash]: { useSourceIp: true, minimumRingSize: 5 } }, `${hash}.minimumRingSize`],
    [{ 'spec.subsets[0].trafficPolicy.outlierDetection': undefined }, subset],
  ])('warn of %j', (...row) => expectWarned(all, row));
});

describe('TLS to servers', () => {
  const [mutual, simple] = [`${policy}.tls`, `${policy}.portLevelSettings[0].tls`];
  const skip = 'spec.subsets[1].trafficPolicy.tls';
  it.each<RuleRow>([
    [{ [`${mutual}.clientCertificate`]: '' }, `${mutual}.clientCertificate`],
    [{ [`${mutual}.privateKey`]: undefined }, `${mutual}.privateKey`],
    [{ [`${mutual}.credentialName`]: 'a' }, `${mutual}.clientCertificate`],
    [{ [`${simple}.caCertificates`]: '/a' }, `${simple}.caCertificates`],
    [{ [`${simple}.caCrl`]: '/a' }, `${simple}.caCrl`],
    [{ [`${simple}.credentialName`]: 'configmap://a' }, `${simple}.credentialName`],
    [{ [`${simple}.credentialName`]: 'configmap://other/a' }, `${simple}.credentialName`],
    [{ [`${skip}.subjectAltNames`]: [] }, `${skip}.subjectAltNames`],
    [{ [`${skip}.caCertificates`]: '/a' }, `${skip}.caCertificates`],
    [{ [`${skip}.credentialName`]: 'a' }, `${skip}.credentialName`],
    [{ [`${mutual}.sni`]: 'a b' }, `${mutual}.sni`],
  ])('refuses %j', (...row) => expectRefused(all, row));

  it.each<RuleRow>([
    [{ [mutual]: { mode: 'ISTIO_MUTUAL', credentialName: 'a' } }, `${mutual}.credentialName`],
    [{ [mutual]: { mode: 'DISABLE', sni: 'a' } }, `${mutual}.sni`],
    [{ [mutual]: { subjectAltNames: ['a'] } }, `${mutual}.subjectAltNames`],
    [{ [mutual]: { mode: 'ISTIO_MUTUAL', insecureSkipVerify: true } }, `${mutual}.insecureSkipVerify`],
  ])('warns of %j', (...row) => expectWarned(all, row));
});
