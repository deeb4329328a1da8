import { HeaderList } from '@malla/http-codec';
import { findEnvoy } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TwinProxies } from '../../../test/envoy/twin-proxies.ts';
import type { TlsInfo } from '../../runtime/connection.ts';
import { CertificateHeader } from './client-cert.ts';
import { OddAuthority, type OddCertificate } from '../../../test/sockets/odd-certificates.ts';

const envoy = findEnvoy();
const tls = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3';
const authority = new OddAuthority();
const server = authority.issue({ uris: ['spiffe://mesh/ns/shop/sa/reviews'], dnsNames: ['reviews.shop'] });
const client = authority.issue({
  uris: ['spiffe://mesh/ns/shop/sa/web'],
  dnsNames: ['web.shop', 'web'],
  commonName: 'web, "the" one',
});
const plainClient = authority.issue({});

const get = (...fields: string[]): string => ['GET / HTTP/1.1', 'host: a', ...fields, '', ''].join('\r\n');
const claimed = 'x-forwarded-client-cert: By=spiffe://mesh/ns/x;Hash=00;URI=spiffe://mesh/ns/a';
const all = { subject: true, uri: true, dns: true, cert: true, chain: true };

interface Setting {
  readonly mode: string;
  readonly details?: object;
  readonly certificate?: OddCertificate;
  readonly certificateless?: boolean;
}

const settings: Readonly<Record<string, Setting>> = {
  'APPEND_FORWARD with subject, URI and DNS': {
    mode: 'APPEND_FORWARD',
    details: { subject: true, uri: true, dns: true },
  },
  'SANITIZE_SET with everything': { mode: 'SANITIZE_SET', details: all },
  'SANITIZE_SET of a client without names': {
    mode: 'SANITIZE_SET',
    details: { ...all, cert: false, chain: false },
    certificate: plainClient,
  },
  'SANITIZE_SET without details': { mode: 'SANITIZE_SET' },
  FORWARD_ONLY: { mode: 'FORWARD_ONLY' },
  SANITIZE: { mode: 'SANITIZE' },
  ALWAYS_FORWARD_ONLY: { mode: 'ALWAYS_FORWARD_ONLY' },
  'APPEND_FORWARD without a client certificate': { mode: 'APPEND_FORWARD', details: all, certificateless: true },
};

it('quotes names that look like further elements, which Envoy writes as they are', () => {
  const header = new CertificateHeader('sanitize-set', {
    subject: false,
    uri: true,
    dns: true,
    cert: false,
    chain: false,
  });
  const peer = {
    sha256: '00',
    uriSans: ['spiffe://a;URI=spiffe://b', 'spiffe://c,By=d'],
    dnsSans: ['e"f', 'g\\h', 'i'],
  };
  const headers = new HeaderList();
  header.apply(headers, false, { localUriSans: ['spiffe://own'], peer } as unknown as TlsInfo);
  expect(headers.get('x-forwarded-client-cert')).toBe(
    'By=spiffe://own;Hash=00;URI="spiffe://a;URI=spiffe://b";URI="spiffe://c,By=d";DNS="e\\"f";DNS="g\\\\h";DNS=i',
  );
});

describe.skipIf(envoy === undefined)('x-forwarded-client-cert as Envoy writes it', () => {
  describe.each(Object.entries(settings))('%s', (_, { mode, details, certificate = client, certificateless }) => {
    let twins: TwinProxies;
    beforeAll(async () => {
      twins = await new TwinProxies().start(envoy as string, {
        manager: {
          forward_client_cert_details: mode,
          ...(details && { set_current_client_cert_details: details }),
          codec_type: 'HTTP1',
        },
        routes: [{ match: { prefix: '/' }, route: { cluster: 'up' } }],
        respond: () => 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
        filterChain: {
          transport_socket: {
            name: 'tls',
            typed_config: {
              '@type': `${tls}.DownstreamTlsContext`,
              require_client_certificate: certificateless !== true,
              common_tls_context: {
                tls_certificates: [
                  {
                    certificate_chain: { inline_string: server.certPem },
                    private_key: { inline_string: server.keyPem },
                  },
                ],
                validation_context: { trusted_ca: { inline_string: authority.certPem } },
              },
            },
          },
        },
        clientTls: {
          rejectUnauthorized: false,
          ...(certificateless !== true && { cert: certificate.certPem, key: certificate.keyPem }),
        },
      });
    });
    afterAll(() => twins[Symbol.asyncDispose]());

    it.each([
      ['a request', get()],
      ['a request that claims an identity', get(claimed)],
    ])('%s', async (_name, raw) => {
      const { envoy: theirs, ours } = await twins.send(raw);
      expect(theirs.upstream).toHaveLength(1);
      expect(ours.upstream).toEqual(theirs.upstream);
    });
  });
});
