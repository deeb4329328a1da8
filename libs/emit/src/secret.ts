import { create } from '@bufbuild/protobuf';
import type { SecretIr } from '@malla/ir';
import { SecretSchema, type Secret } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';

/** A credential for SDS. The only place where private text is revealed to a proxy. */
export function secret(ir: SecretIr): Secret {
  switch (ir.kind) {
    case 'certificate':
      return create(SecretSchema, {
        name: ir.name,
        type: {
          case: 'tlsCertificate',
          value: { certificateChain: inline(ir.chainPem), privateKey: inline(ir.keyPem.reveal()) },
        },
      });
    case 'ca':
      return create(SecretSchema, {
        name: ir.name,
        type: { case: 'validationContext', value: { trustedCa: inline(ir.pem) } },
      });
  }
}

function inline(text: string) {
  return { specifier: { case: 'inlineString' as const, value: text } };
}
