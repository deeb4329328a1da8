import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const front = validResource('Gateway', 'front');
const server = (i: number) => `spec.servers[${i}]`;
const [http, https, mutual, , files, names, mesh, tcp, socket] = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(server);

describe('a Gateway', () => {
  it.each<RuleRow>([
    [{ 'metadata.name': 'a.b' }, 'metadata.name'],
    [{ 'spec.servers': [] }, 'spec.servers'],
    [{ spec: undefined }, 'spec.servers'],
    [{ [`${tcp}.port.name`]: 'http' }, `${tcp}.port.name`],
    [{ [`${http}.port.name`]: '' }, `${http}.port.name`],
    [{ [`${http}.port.number`]: 0 }, `${http}.port.number`],
    [{ [`${http}.port.protocol`]: 'HTTP3' }, `${http}.port.protocol`],
    [{ [`${http}.port.targetPort`]: 80 }, `${http}.port.targetPort`],
    [{ [`${http}.hosts`]: [] }, `${http}.hosts`],
    [{ [`${http}.hosts[0]`]: 'short' }, `${http}.hosts[0]`],
    [{ [`${http}.hosts[0]`]: 'a b/c.com' }, `${http}.hosts[0]`],
    [{ [`${http}.hosts[0]`]: '~/c.com' }, `${http}.hosts[0]`],
    [{ [`${http}.hosts[0]`]: 'shop/' }, `${http}.hosts[0]`],
    [{ [`${http}.hosts[0]`]: '*c.com' }, `${http}.hosts[0]`],
    [{ [`${http}.hosts[0]`]: 'a.*' }, `${http}.hosts[0]`],
    [{ [`${https}.bind`]: 'a.com' }, `${https}.bind`],
    [{ [`${socket}.bind`]: 'unix://relative' }, `${socket}.bind`],
    [{ [`${socket}.bind`]: 'unix:///folder/' }, `${socket}.bind`],
    [{ [`${socket}.port.number`]: 80 }, `${socket}.port.number`],
    [{ [`${https}.tls`]: undefined }, `${https}.tls`],
    [{ [`${http}.tls.mode`]: 'SIMPLE' }, `${http}.tls`],
    [{ [`${http}.tls.privateKey`]: '/a' }, `${http}.tls`],
    [{ [`${tcp}.tls`]: { mode: 'PASSTHROUGH' } }, `${tcp}.tls`],
  ])('refuses %j', (...row) => expectRefused(front, row));

  it.each<RuleRow>([[{ [`${https}.tls.httpsRedirect`]: true }, `${https}.tls.httpsRedirect`]])(
    'warns of %j',
    (...row) => expectWarned(front, row),
  );
});

describe('TLS of servers', () => {
  it.each<RuleRow>([
    [{ [`${mesh}.tls.serverCertificate`]: '/a' }, `${mesh}.tls.serverCertificate`],
    [{ [`${mesh}.tls.privateKey`]: '/a' }, `${mesh}.tls.privateKey`],
    [{ [`${mesh}.tls.caCertificates`]: '/a' }, `${mesh}.tls.caCertificates`],
    [{ [`${mesh}.tls.credentialName`]: 'a' }, `${mesh}.tls.credentialName`],
    [{ [`${mesh}.tls.credentialNames`]: ['a'] }, `${mesh}.tls.credentialNames`],
    [{ [`${mesh}.tls.tlsCertificates`]: [{}] }, `${mesh}.tls.tlsCertificates`],
    [{ [`${files}.tls.credentialName`]: 'a' }, `${files}.tls.tlsCertificates`],
    [{ [`${names}.tls.credentialName`]: 'a' }, `${names}.tls.credentialNames`],
    [{ [`${mutual}.tls.credentialName`]: 'a' }, `${mutual}.tls.credentialName`],
    [{ [`${mutual}.tls.serverCertificate`]: '' }, `${mutual}.tls.serverCertificate`],
    [{ [`${mutual}.tls.privateKey`]: undefined }, `${mutual}.tls.privateKey`],
    [{ [`${mutual}.tls.caCertificates`]: undefined }, `${mutual}.tls.caCertificates`],
    [
      { [`${files}.tls.tlsCertificates[0]`]: { serverCertificate: '/a' } },
      `${files}.tls.tlsCertificates[0].privateKey`,
    ],
    [{ [`${files}.tls.caCrl`]: '/a' }, `${files}.tls.caCrl`],
    [
      { [`${https}.tls.minProtocolVersion`]: 'TLSV1_3', [`${https}.tls.maxProtocolVersion`]: 'TLSV1_2' },
      `${https}.tls.maxProtocolVersion`,
    ],
  ])('refuses %j', (...row) => expectRefused(front, row));

  it.each<RuleRow>([
    [
      { [`${https}.tls.minProtocolVersion`]: 'TLSV1_0', [`${https}.tls.cipherSuites`]: [] },
      `${https}.tls.minProtocolVersion`,
    ],
    [{ [`${https}.tls.cipherSuites`]: ['RC4'] }, `${https}.tls.cipherSuites[0]`],
    [{ [`${https}.tls.cipherSuites`]: ['AES128-SHA', 'AES128-SHA'] }, `${https}.tls.cipherSuites[1]`],
    [{ [`${https}.tls.ecdhCurves`]: ['P-1'] }, `${https}.tls.ecdhCurves[0]`],
    [{ [`${server(3)}.tls.credentialName`]: 'a' }, `${server(3)}.tls.credentialName`],
  ])('warns of %j', (...row) => expectWarned(front, row));
});
