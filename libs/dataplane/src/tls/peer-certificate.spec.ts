import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { OddAuthority } from '../../test/sockets/odd-certificates.ts';
import { CertificateReader, ipText } from './peer-certificate.ts';

describe('names of certificates', () => {
  it('a subject beyond ASCII is escaped, so that it can be sent in a field', () => {
    const { certPem } = new OddAuthority().issue({ commonName: 'Łuk, a', dnsNames: ['a.example'] });
    const { subject, dnsSans } = new CertificateReader().read(new X509Certificate(certPem));
    expect(subject).toBe('CN=\\C5\\81uk\\, a');
    expect(dnsSans).toEqual(['a.example']);
  });

  it('addresses are in their short form', () => {
    expect(['10.0.0.1', '2001:DB8:0:0:0:0:0:1', '0:0:0:0:0:0:0:1'].map(ipText)).toEqual([
      '10.0.0.1',
      '2001:db8::1',
      '::1',
    ]);
  });
});
