import type { DownstreamTlsConfig, ListenerConfig } from '@malla/proxy-config';
import { describe, expect, it } from 'vitest';
import { accept, extension, refusals } from '../../test/encode.ts';

const tcp = extension('extensions.filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: 't', cluster: 'c' });
const inline = { certificate_chain: { inline_string: 'chain' }, private_key: { inline_string: 'key' } };
const sds = (name: string) => ({
  name,
  sds_config: {
    api_config_source: {
      api_type: 'GRPC',
      transport_api_version: 'V3',
      grpc_services: [{ envoy_grpc: { cluster_name: 'sds-grpc' } }],
    },
  },
});

function server(common: object, fields: object = {}) {
  return {
    name: 'l',
    address: { socket_address: { address: '127.0.0.1', port_value: 1 } },
    filter_chains: [
      {
        transport_socket: extension('extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
          common_tls_context: common,
          ...fields,
        }),
        filters: [tcp],
      },
    ],
  };
}

const tlsOf = (json: object): DownstreamTlsConfig =>
  (accept('listener', json) as ListenerConfig).filterChains[0]?.tls as DownstreamTlsConfig;
const client = (common: object, fields: object = {}) => ({
  name: 'c',
  transport_socket: extension('extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
    common_tls_context: common,
    ...fields,
  }),
});
const at = (field: string) => [`filter_chains[0].transport_socket.typed_config.${field}`];

describe('TLS', () => {
  it('has the versions that Envoy has by default', () => {
    expect(tlsOf(server({ tls_certificates: [inline] }))).toMatchObject({
      minimumVersion: 'TLSv1.2',
      maximumVersion: 'TLSv1.3',
      certificate: { kind: 'inline', secret: { chainPem: 'chain', keyPem: 'key' } },
      requireClientCertificate: false,
    });
    expect(accept('cluster', client({})).transport).toMatchObject({
      kind: 'tls',
      tls: { minimumVersion: 'TLSv1.2', maximumVersion: 'TLSv1.2', sni: '' },
    });
  });

  it('refuses versions that exclude each other and names that are not known', () => {
    const params = (tls_params: object) => refusals('listener', server({ tls_certificates: [inline], tls_params }));
    expect(params({ tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_2' })).toEqual(
      at('common_tls_context.tls_params.tls_maximum_protocol_version'),
    );
    expect(params({ cipher_suites: ['NULL-MD5'] })).toEqual(at('common_tls_context.tls_params.cipher_suites'));
    expect(params({ ecdh_curves: ['P-1'] })).toEqual(at('common_tls_context.tls_params.ecdh_curves'));
    expect(params({ signature_algorithms: ['x'] })).toEqual(at('common_tls_context.tls_params.signature_algorithms'));
    const grouped = { cipher_suites: ['[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]'] };
    expect(tlsOf(server({ tls_certificates: [inline], tls_params: grouped })).cipherSuites).toEqual([
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-CHACHA20-POLY1305',
    ]);
  });

  it('needs exactly one certificate on a server', () => {
    expect(refusals('listener', server({}))).toEqual(at('common_tls_context'));
    expect(refusals('listener', server({ tls_certificates: [inline, inline] }))).toEqual(
      at('common_tls_context.tls_certificates'),
    );
    const file = { ...inline, private_key: { filename: '/key' } };
    expect(refusals('listener', server({ tls_certificates: [file] }))).toContain(
      at('common_tls_context.tls_certificates[0].private_key.filename')[0],
    );
  });

  it('takes secrets by SDS, and tells which', () => {
    const config = accept(
      'listener',
      server({
        tls_certificate_sds_secret_configs: [sds('default')],
        combined_validation_context: {
          default_validation_context: {
            match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { prefix: 'spiffe://a/' } }],
          },
          validation_context_sds_secret_config: {
            name: 'ROOTCA',
            sds_config: { ads: {}, initial_fetch_timeout: '2s' },
          },
        },
      }),
    );
    const bySource = { kind: 'cluster', cluster: 'sds-grpc' };
    expect(config.filterChains[0]?.tls).toMatchObject({
      certificate: { kind: 'sds', name: 'default', source: bySource, fetchTimeoutMs: 15_000 },
      validation: {
        trustedCa: { kind: 'sds', name: 'ROOTCA', source: { kind: 'ads' }, fetchTimeoutMs: 2_000 },
        subjectAltNames: [{ type: 'uri', matcher: { kind: 'prefix', value: 'spiffe://a/' } }],
      },
    });
    const nowhere = { tls_certificate_sds_secret_configs: [{ name: 'default' }] };
    expect(refusals('listener', server(nowhere))).toEqual(
      at('common_tls_context.tls_certificate_sds_secret_configs[0].sds_config'),
    );
  });

  it('never drops a check of the peer', () => {
    const validation = (context: object) =>
      refusals('cluster', client({ validation_context: context })).map((path) => path.split('validation_context.')[1]);
    const names = { match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'a' } }] };
    expect(validation(names)).toEqual(['match_typed_subject_alt_names']);
    expect(validation({ verify_certificate_spki: ['a'.repeat(44)] })).toEqual(['verify_certificate_spki']);
    expect(validation({ crl: { inline_string: 'x' } })).toEqual(['crl']);
    expect(validation({ max_verify_depth: 1 })).toEqual(['max_verify_depth']);
    expect(validation({ require_signed_certificate_timestamp: true })).toEqual([
      'require_signed_certificate_timestamp',
    ]);
    expect(validation({ verify_certificate_hash: ['x'.repeat(64)] })).toEqual(['verify_certificate_hash']);
    const trusted = { trusted_ca: { inline_string: 'ca' }, ...names, trust_chain_verification: 'ACCEPT_UNTRUSTED' };
    expect(accept('cluster', client({ validation_context: trusted })).transport).toMatchObject({
      tls: {
        validation: {
          trustedCa: { kind: 'inline', secret: { trustedCaPem: 'ca' } },
          subjectAltNames: [{ type: 'dns' }],
          acceptUntrusted: true,
        },
      },
    });
  });

  it('refuses what a server could not do', () => {
    const common = { tls_certificates: [inline] };
    expect(refusals('listener', server(common, { require_sni: true }))).toEqual(at('require_sni'));
    expect(refusals('listener', server(common, { ocsp_staple_policy: 'MUST_STAPLE' }))).toEqual(
      at('ocsp_staple_policy'),
    );
    expect(refusals('listener', server(common, { disable_stateless_session_resumption: true }))).toEqual(
      at('disable_stateless_session_resumption'),
    );
  });
});

describe('readSecret', () => {
  it('reads certificates and roots', () => {
    expect(accept('secret', { name: 's', tls_certificate: inline })).toEqual({
      kind: 'certificate',
      name: 's',
      chainPem: 'chain',
      keyPem: 'key',
    });
    const bytes = { inline_bytes: Buffer.from('ca').toString('base64') };
    expect(accept('secret', { name: 's', validation_context: { trusted_ca: bytes } })).toEqual({
      kind: 'validation',
      name: 's',
      trustedCaPem: 'ca',
    });
  });

  it('refuses empty ones, other kinds, and names that belong where the secret is used', () => {
    expect(refusals('secret', { name: 's' })).toEqual(['']);
    expect(refusals('secret', { name: 's', tls_certificate: {} })).toEqual([
      'tls_certificate.certificate_chain',
      'tls_certificate.private_key',
    ]);
    expect(refusals('secret', { name: 's', generic_secret: { secret: { inline_string: 'x' } } })).toEqual([
      'generic_secret',
    ]);
    const names = {
      trusted_ca: { inline_string: 'ca' },
      match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'a' } }],
    };
    expect(refusals('secret', { name: 's', validation_context: names })).toEqual([
      'validation_context.match_typed_subject_alt_names',
    ]);
  });

  it('never tells the key', () => {
    const broken = { ...inline, private_key: { inline_string: 'top secret' }, ocsp_staple: { inline_string: 'x' } };
    expect(refusals('secret', { name: 's', tls_certificate: broken }).join()).not.toContain('top secret');
  });
});
