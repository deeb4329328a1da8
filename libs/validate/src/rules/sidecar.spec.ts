import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const cart = validResource('Sidecar', 'cart');
const [http, https] = ['spec.ingress[0]', 'spec.ingress[1]'];
const [mysql, socket, rest] = [0, 1, 2].map((i) => `spec.egress[${i}]`);
const proxy = 'spec.outboundTrafficPolicy.egressProxy';

describe('a Sidecar', () => {
  it.each<RuleRow>([
    [{ spec: {} }, 'spec'],
    [{ 'spec.workloadSelector.labels': { app: '*' } }, 'spec.workloadSelector.labels.app'],
    [{ 'spec.workloadSelector.labels': { '': 'a' } }, 'spec.workloadSelector.labels[""]'],
    [{ [`${https}.port.number`]: 9080 }, `${https}.port.number`],
    [{ [`${http}.port.number`]: 0 }, `${http}.port.number`],
    [{ [`${http}.port.name`]: 'a_b' }, `${http}.port.name`],
    [{ [`${http}.port.protocol`]: 'nope' }, `${http}.port.protocol`],
    [{ [`${http}.port.targetPort`]: 1 }, `${http}.port.targetPort`],
    [{ [`${http}.bind`]: 'a' }, `${http}.bind`],
    [{ [`${http}.defaultEndpoint`]: '10.1.2.3:80' }, `${http}.defaultEndpoint`],
    [{ [`${http}.defaultEndpoint`]: '127.0.0.1' }, `${http}.defaultEndpoint`],
    [{ [`${http}.defaultEndpoint`]: '127.0.0.1:x' }, `${http}.defaultEndpoint`],
    [{ [`${http}.defaultEndpoint`]: 'unix://a' }, `${http}.defaultEndpoint`],
    [{ [`${http}.tls`]: { mode: 'SIMPLE', serverCertificate: '/a', privateKey: '/b' } }, `${http}.tls`],
    [{ [`${http}.connectionPool`]: {} }, `${http}.connectionPool`],
    [{ [`${https}.tls.subjectAltNames`]: ['a'] }, `${https}.tls.subjectAltNames`],
    [{ [`${https}.tls.httpsRedirect`]: true }, `${https}.tls.httpsRedirect`],
    [{ [`${https}.tls.credentialName`]: 'a' }, `${https}.tls.credentialName`],
    [{ [`${https}.tls.credentialNames`]: ['a'] }, `${https}.tls.credentialNames`],
    [{ [`${https}.tls.tlsCertificates`]: [{}] }, `${https}.tls.tlsCertificates`],
    [{ [`${https}.tls`]: { mode: 'ISTIO_MUTUAL' } }, `${https}.tls.mode`],
    [{ 'spec.inboundConnectionPool': {} }, 'spec.inboundConnectionPool'],
    [{ [`${mysql}.port`]: undefined }, mysql as string],
    [{ [`${mysql}.hosts`]: [] }, `${mysql}.hosts`],
    [{ [`${mysql}.hosts[0]`]: 'a.com' }, `${mysql}.hosts[0]`],
    [{ [`${mysql}.hosts[0]`]: '*/short' }, `${mysql}.hosts[0]`],
    [{ [`${mysql}.hosts[0]`]: 'a b/c.com' }, `${mysql}.hosts[0]`],
    [{ [`${mysql}.hosts[0]`]: '*/*foo.com' }, `${mysql}.hosts[0]`],
    [{ [`${mysql}.bind`]: 'a' }, `${mysql}.bind`],
    [{ [`${socket}.port.number`]: 3306, [`${socket}.bind`]: '127.0.0.1' }, `${socket}.port.number`],
    [{ [`${socket}.bind`]: '127.0.0.1' }, `${socket}.port.number`],
    [{ [`${socket}.captureMode`]: 'IPTABLES' }, `${socket}.captureMode`],
    [{ 'spec.outboundTrafficPolicy.mode': 'REGISTRY_ONLY' }, proxy],
    [{ [`${proxy}.port`]: undefined }, `${proxy}.port`],
    [{ [`${proxy}.host`]: '*.a.com' }, `${proxy}.host`],
  ])('refuses %j', (...row) => expectRefused(cart, row));

  it.each<RuleRow>([
    [{ 'spec.workloadSelector.labels': {} }, 'spec.workloadSelector'],
    [{ [`${rest}.hosts`]: ['./a.com', 'shop/a.com'] }, `${rest}.hosts[1]`],
    [{ [`${rest}.hosts`]: ['a/*', 'a/b.com'] }, `${rest}.hosts[1]`],
    [{ [`${rest}.hosts`]: ['*/*', 'a/b.com'] }, `${rest}.hosts`],
    [{ [`${http}.port.protocol`]: 'TCP' }, `${http}.connectionPool.http`],
  ])('warns of %j', (...row) => expectWarned(cart, row));
});
