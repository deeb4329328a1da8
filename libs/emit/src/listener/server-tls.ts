import { rootsSecretName, workloadSecretName, type ClientVerificationIr, type ServerTlsIr } from '@malla/ir';
import {
  SubjectAltNameMatcher_SanType,
  TlsParameters_TlsProtocol,
} from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import { DownstreamTlsContextSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { serverSans } from '../subject-alt-names.ts';
import { agentSecret, meshSecret } from '../wire/config-source.ts';
import { extension, type TypedExtension } from '../wire/typed-config.ts';

/** What TLS of a server depends on besides its settings. */
export interface ServerTlsContext {
  /** Peers of the mesh belong to these. */
  readonly trustDomains: readonly string[];
  /** HTTP follows, which is offered by ALPN. */
  readonly http: boolean;
}

const versions = {
  '1.2': TlsParameters_TlsProtocol.TLSv1_2,
  '1.3': TlsParameters_TlsProtocol.TLSv1_3,
} as const;

/** TLS that a gateway ends. Certificates come by SDS, so that a new one is used from the next connection on, and one that is missing fails its own chain alone. */
export function serverTls(tls: ServerTlsIr, { trustDomains, http }: ServerTlsContext): TypedExtension {
  const { certificateSecret, client, minVersion = '1.2', maxVersion = '1.3', cipherSuites } = tls;
  return extension('envoy.transport_sockets.tls', DownstreamTlsContextSchema, {
    ...(client && { requireClientCertificate: client.required }),
    commonTlsContext: {
      tlsParams: {
        tlsMinimumProtocolVersion: versions[minVersion],
        tlsMaximumProtocolVersion: versions[maxVersion],
        cipherSuites: [...cipherSuites],
      },
      alpnProtocols: http ? ['h2', 'http/1.1'] : [],
      tlsCertificateSdsSecretConfigs: [
        certificateSecret === undefined ? agentSecret(workloadSecretName) : meshSecret(certificateSecret),
      ],
      ...(client && { validationContextType: clientValidation(client, trustDomains) }),
    },
  });
}

function clientValidation(client: ClientVerificationIr, trustDomains: readonly string[]) {
  const { caSecret, subjectAltNames, certificateHashes } = client;
  const anyOfMesh = caSecret === undefined && subjectAltNames.length === 0;
  return {
    case: 'combinedValidationContext' as const,
    value: {
      defaultValidationContext: {
        matchTypedSubjectAltNames: anyOfMesh ? trustDomains.map(ofTrustDomain) : subjectAltNames.flatMap(serverSans),
        verifyCertificateHash: [...certificateHashes],
      },
      validationContextSdsSecretConfig: caSecret === undefined ? agentSecret(rootsSecretName) : meshSecret(caSecret),
    },
  };
}

function ofTrustDomain(trustDomain: string) {
  return {
    sanType: SubjectAltNameMatcher_SanType.URI,
    matcher: { matchPattern: { case: 'prefix' as const, value: `spiffe://${trustDomain}/` } },
  };
}
