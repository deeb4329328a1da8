import { create } from '@bufbuild/protobuf';
import type { IdentityMaterial } from '@malla/grpc';
import { rootsSecretName, workloadSecretName } from '@malla/ir';
import { encodeResource, type EncodedResource } from '@malla/protos';
import { SecretSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import type { ResourcesByName } from '@malla/xds';

/** The workload's own secrets as SDS resources: `default` (certificate and key) and `ROOTCA` (the mesh's roots). */
export function workloadSecrets(material: IdentityMaterial): ResourcesByName {
  const secrets = [certificateSecret(material), rootsSecret(material)];
  return new Map(secrets.map((secret) => [secret.name, secret]));
}

function certificateSecret({ certificateChain, privateKey }: IdentityMaterial): EncodedResource {
  const secret = create(SecretSchema, {
    name: workloadSecretName,
    type: {
      case: 'tlsCertificate',
      value: { certificateChain: inline(certificateChain), privateKey: inline(privateKey) },
    },
  });
  return encodeResource(SecretSchema, workloadSecretName, secret);
}

function rootsSecret({ roots }: IdentityMaterial): EncodedResource {
  const secret = create(SecretSchema, {
    name: rootsSecretName,
    type: { case: 'validationContext', value: { trustedCa: inline(roots) } },
  });
  return encodeResource(SecretSchema, rootsSecretName, secret);
}

function inline(pem: string) {
  return { specifier: { case: 'inlineBytes' as const, value: new TextEncoder().encode(pem) } };
}
