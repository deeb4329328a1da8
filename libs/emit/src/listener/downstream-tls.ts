import { rootsSecretName, workloadSecretName, type Protocol } from '@malla/ir';
import { SubjectAltNameMatcher_SanType } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import { DownstreamTlsContextSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { tlsParameters } from '../tls-parameters.ts';
import { agentSecret } from '../wire/config-source.ts';
import { extension } from '../wire/typed-config.ts';

/** Mutual TLS with any workload of the trust domains; the workload's certificate and the roots come from its agent. */
export function downstreamTls(trustDomains: readonly string[], protocol: Protocol) {
  return extension('envoy.transport_sockets.tls', DownstreamTlsContextSchema, {
    requireClientCertificate: true,
    commonTlsContext: {
      tlsParams: tlsParameters,
      alpnProtocols: protocol === 'tcp' ? [] : ['h2', 'http/1.1'],
      tlsCertificateSdsSecretConfigs: [agentSecret(workloadSecretName)],
      validationContextType: {
        case: 'combinedValidationContext',
        value: {
          defaultValidationContext: {
            matchTypedSubjectAltNames: trustDomains.map((trustDomain) => ({
              sanType: SubjectAltNameMatcher_SanType.URI,
              matcher: { matchPattern: { case: 'prefix' as const, value: `spiffe://${trustDomain}/` } },
            })),
          },
          validationContextSdsSecretConfig: agentSecret(rootsSecretName),
        },
      },
    },
  });
}
