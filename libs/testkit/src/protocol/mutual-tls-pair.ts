import { TestPki, type TestCertificate } from '../pki/test-pki.ts';
import type { ProxyProgram } from '../programs/proxy-programs.ts';
import { StaticProxy } from './static-proxy.ts';

export interface MutualTlsPairParams {
  /** Of both. */
  readonly program: ProxyProgram;
  /** Application behind the second one, on 127.0.0.1; speaks HTTP/2. */
  readonly upstream: number;
}

const identity = (name: string): string => `spiffe://cluster.local/ns/default/sa/${name}`;
const types = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3';

/** Two proxies as in a mesh: plain HTTP/2 in, mutual TLS with HTTP/2 between them, plain HTTP/2 out. */
export class MutualTlsPair implements AsyncDisposable {
  readonly client: StaticProxy;
  readonly server: StaticProxy;

  private constructor(client: StaticProxy, server: StaticProxy) {
    this.client = client;
    this.server = server;
  }

  static async start({ program, upstream }: MutualTlsPairParams): Promise<MutualTlsPair> {
    const pki = await TestPki.create();
    const [own, peer] = [await pki.issue(identity('client')), await pki.issue(identity('server'))];
    const server = await StaticProxy.start({
      program,
      upstream,
      upstreamHttp2: true,
      downstreamTls: {
        name: 'tls',
        typed_config: {
          '@type': `${types}.DownstreamTlsContext`,
          require_client_certificate: true,
          common_tls_context: tlsContext(peer, pki, identity('client')),
        },
      },
    });
    try {
      const client = await StaticProxy.start({
        program,
        upstream: server.port,
        upstreamHttp2: true,
        upstreamTls: {
          name: 'tls',
          typed_config: {
            '@type': `${types}.UpstreamTlsContext`,
            common_tls_context: tlsContext(own, pki, identity('server')),
          },
        },
      });
      return new MutualTlsPair(client, server);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where clients connect to. */
  get port(): number {
    return this.client.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.client[Symbol.asyncDispose](), this.server[Symbol.asyncDispose]()]);
  }
}

function tlsContext({ chainPem, keyPem }: TestCertificate, pki: TestPki, peer: string): unknown {
  return {
    alpn_protocols: ['h2'],
    tls_certificates: [{ certificate_chain: { inline_string: chainPem }, private_key: { inline_string: keyPem } }],
    validation_context: {
      trusted_ca: { inline_string: pki.rootPem },
      match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: peer } }],
    },
  };
}
