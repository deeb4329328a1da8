import { create } from '@bufbuild/protobuf';
import { rootsSecretName, workloadSecretName } from '@malla/ir';
import { encodeResource, type EncodedResource } from '@malla/protos';
import { SecretSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import type { TestCertificate } from '../pki/test-pki.ts';

/** What an agent's SDS serves: the workload's certificate and the roots it trusts. */
export function workloadSecrets(certificate: TestCertificate, rootsPem: string): readonly EncodedResource[] {
  const own = create(SecretSchema, {
    name: workloadSecretName,
    type: {
      case: 'tlsCertificate',
      value: { certificateChain: inline(certificate.chainPem), privateKey: inline(certificate.keyPem) },
    },
  });
  const roots = create(SecretSchema, {
    name: rootsSecretName,
    type: { case: 'validationContext', value: { trustedCa: inline(rootsPem) } },
  });
  return [own, roots].map((secret) => encodeResource(SecretSchema, secret.name, secret));
}

function inline(text: string) {
  return { specifier: { case: 'inlineString' as const, value: text } };
}
