import type { ClientTlsIr, Protocol } from '@malla/ir';
import { rootsSecretName, systemRootsSecretName, workloadSecretName } from '@malla/ir';
import { RawBufferSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb';
import { SubjectAltNameMatcher_SanType } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import { UpstreamTlsContextSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { exactSan, serverSans } from '../subject-alt-names.ts';
import { tlsParameters } from '../tls-parameters.ts';
import { agentSecret, meshSecret } from '../wire/config-source.ts';
import { extension } from '../wire/typed-config.ts';

type OriginationTls = Extract<ClientTlsIr, { kind: 'origination' }>;
type MeshTls = Extract<ClientTlsIr, { kind: 'auto' | 'mesh' }>;

/** Endpoint metadata that chooses mutual TLS; the agent of the endpoint takes it. Istio's name. */
export const mutualTlsEndpoint = { tlsMode: 'istio' } as const;

/**
 * Application protocols that clients of the mesh offer: servers that accept both TLS of the mesh and of the application
 * tell them apart by these. `istio-peer-exchange` is not offered, because stock Envoy does not speak that exchange.
 */
const meshAlpn: Readonly<Record<Protocol, readonly string[]>> = {
  http: ['istio-http/1.1', 'istio'],
  http2: ['istio-h2', 'istio', 'h2'],
  grpc: ['istio-h2', 'istio', 'h2'],
  tcp: ['istio'],
};

/** Transport socket fields of a cluster. */
export function upstreamTls(tls: ClientTlsIr, protocol: Protocol) {
  switch (tls.kind) {
    case 'plain':
      return {};
    case 'mesh':
      return { transportSocket: meshSocket(tls, protocol) };
    case 'auto':
      return {
        transportSocketMatches: [
          { name: 'tlsMode-istio', match: mutualTlsEndpoint, transportSocket: meshSocket(tls, protocol) },
          { name: 'tlsMode-disabled', match: {}, transportSocket: rawSocket() },
        ],
      };
    case 'origination':
      return { transportSocket: originationSocket(tls, protocol) };
  }
}

function rawSocket() {
  return extension('envoy.transport_sockets.raw_buffer', RawBufferSchema, {});
}

function meshSocket(tls: MeshTls, protocol: Protocol) {
  return extension('envoy.transport_sockets.tls', UpstreamTlsContextSchema, {
    sni: tls.sni,
    commonTlsContext: {
      tlsParams: tlsParameters,
      alpnProtocols: [...meshAlpn[protocol]],
      tlsCertificateSdsSecretConfigs: [agentSecret(workloadSecretName)],
      validationContextType: {
        case: 'combinedValidationContext',
        value: {
          defaultValidationContext: {
            matchTypedSubjectAltNames: tls.subjectAltNames.map((san) =>
              exactSan(SubjectAltNameMatcher_SanType.URI, san),
            ),
          },
          validationContextSdsSecretConfig: agentSecret(rootsSecretName),
        },
      },
    },
  });
}

function originationSocket(tls: OriginationTls, protocol: Protocol) {
  return extension('envoy.transport_sockets.tls', UpstreamTlsContextSchema, {
    ...(tls.sni !== undefined && { sni: tls.sni }),
    commonTlsContext: {
      tlsParams: tlsParameters,
      alpnProtocols: protocol === 'http2' || protocol === 'grpc' ? ['h2'] : [],
      tlsCertificateSdsSecretConfigs: tls.certificateSecret === undefined ? [] : [meshSecret(tls.certificateSecret)],
      ...(!tls.insecureSkipVerify && { validationContextType: serverValidation(tls) }),
    },
  });
}

function serverValidation(tls: OriginationTls) {
  return {
    case: 'combinedValidationContext' as const,
    value: {
      defaultValidationContext: { matchTypedSubjectAltNames: tls.subjectAltNames.flatMap(serverSans) },
      validationContextSdsSecretConfig:
        tls.caSecret === undefined ? agentSecret(systemRootsSecretName) : meshSecret(tls.caSecret),
    },
  };
}
