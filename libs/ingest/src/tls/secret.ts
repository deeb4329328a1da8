import type { SecretConfig } from '@malla/proxy-config';
import type {
  CertificateValidationContext,
  TlsCertificate,
} from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import type { Secret } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { readDataSource } from '../wire/data-source.ts';
import type { FieldReader } from '../wire/field-reader.ts';

type Certificate = Extract<SecretConfig, { kind: 'certificate' }>;
type Validation = Extract<SecretConfig, { kind: 'validation' }>;

/** A secret as SDS delivers it. */
export function readSecret(reader: FieldReader<Secret>): SecretConfig | undefined {
  const name = reader.take('name');
  if (name === '') reader.refuse('name', 'is required');
  if (reader.caseOf('type') === undefined) reader.reading.report(reader.path, 'holds nothing');
  return reader.oneof<'type', SecretConfig>('type', {
    tlsCertificate: (certificate) => readCertificate(certificate, name),
    validationContext: (context) => readValidationSecret(context, name),
  });
}

/** A certificate with its key. Whether they fit each other is seen when they are used. */
export function readCertificate(reader: FieldReader<TlsCertificate>, name: string): Certificate {
  const chain = reader.message('certificateChain');
  const key = reader.message('privateKey');
  const chainPem = chain ? readDataSource(chain) : '';
  const keyPem = key ? readDataSource(key) : '';
  if (chainPem === '') reader.refuse('certificateChain', 'is required');
  if (keyPem === '') reader.refuse('privateKey', 'is required');
  return { kind: 'certificate', name, chainPem, keyPem };
}

/** Roots alone: what names are accepted is said where the secret is used. */
function readValidationSecret(reader: FieldReader<CertificateValidationContext>, name: string): Validation {
  const roots = reader.message('trustedCa');
  const trustedCaPem = roots ? readDataSource(roots) : '';
  if (trustedCaPem === '') reader.refuse('trustedCa', 'is required');
  return { kind: 'validation', name, trustedCaPem };
}
