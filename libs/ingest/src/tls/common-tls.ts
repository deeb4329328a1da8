import type { SecretReference, TlsParametersConfig, TlsVersion, ValidationConfig } from '@malla/proxy-config';
import type { CommonTlsContext } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readCertificate } from './secret.ts';
import { readSecretReference } from './secret-reference.ts';
import { readTlsParameters } from './tls-parameters.ts';
import { readValidation } from './validation.ts';

/** What both directions of TLS have. */
export interface CommonTls {
  readonly parameters: TlsParametersConfig;
  readonly certificate?: SecretReference;
  readonly validation?: ValidationConfig;
}

/** Everything below `common_tls_context`; `latest` is the version that is negotiated at most by default. */
export function readCommonTls(reader: FieldReader<CommonTlsContext>, latest: TlsVersion): CommonTls {
  const certificate = readOwnCertificate(reader);
  const validation = readValidation(reader);
  return {
    parameters: {
      ...readTlsParameters(reader.message('tlsParams'), latest),
      alpnProtocols: reader.take('alpnProtocols'),
    },
    ...(certificate && { certificate }),
    ...(validation && { validation }),
  };
}

/** At most one certificate, in place or by SDS. */
function readOwnCertificate(reader: FieldReader<CommonTlsContext>): SecretReference | undefined {
  const inline = reader
    .messages('tlsCertificates')
    .map((certificate): SecretReference => ({ kind: 'inline', secret: readCertificate(certificate, '') }));
  const bySds = reader.messages('tlsCertificateSdsSecretConfigs').map(readSecretReference);
  if (inline.length > 1) reader.refuse('tlsCertificates', 'must not have more than one certificate');
  if (bySds.length > 1) reader.refuse('tlsCertificateSdsSecretConfigs', 'must not have more than one certificate');
  if (inline.length > 0 && bySds.length > 0) {
    reader.refuse('tlsCertificateSdsSecretConfigs', 'must not be set with tls_certificates');
  }
  return inline[0] ?? bySds[0];
}
