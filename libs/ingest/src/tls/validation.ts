import type { SecretReference, SubjectAltNameMatch, ValidationConfig } from '@malla/proxy-config';
import {
  CertificateValidationContext_TrustChainVerification as TrustChain,
  SubjectAltNameMatcher_SanType as SanType,
  type CertificateValidationContext,
  type SubjectAltNameMatcher,
} from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import type {
  CommonTlsContext,
  CommonTlsContext_CombinedCertificateValidationContext,
} from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { readDataSource } from '../wire/data-source.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readStringMatch } from '../wire/string-match.ts';
import { readSecretReference } from './secret-reference.ts';

const sanTypes: Readonly<Record<number, SubjectAltNameMatch['type']>> = {
  [SanType.URI]: 'uri',
  [SanType.DNS]: 'dns',
  [SanType.IP_ADDRESS]: 'ip',
  [SanType.EMAIL]: 'email',
};

/** What the peer's certificate must be; undefined: nothing is asked of it. */
export function readValidation(reader: FieldReader<CommonTlsContext>): ValidationConfig | undefined {
  return reader.oneof<'validationContextType', ValidationConfig | undefined>('validationContextType', {
    validationContext: (context) => withRoots(context, readContext(context)),
    validationContextSdsSecretConfig: (secret) => ({
      ...nothingAsked,
      trustedCa: readSecretReference(secret),
    }),
    combinedValidationContext: readCombined,
  });
}

const nothingAsked = { subjectAltNames: [], certificateHashes: [], acceptUntrusted: false };

/** Names from here, roots by SDS. Roots in both places would be Envoy's merge of two; that is refused. */
function readCombined(
  reader: FieldReader<CommonTlsContext_CombinedCertificateValidationContext>,
): ValidationConfig | undefined {
  const context = reader.message('defaultValidationContext');
  const secret = reader.message('validationContextSdsSecretConfig');
  if (!context || !secret) return undefined;
  if (context.has('trustedCa')) context.refuse('trustedCa', 'must come by SDS alone');
  return { ...readContext(context), trustedCa: readSecretReference(secret) };
}

function readContext(reader: FieldReader<CertificateValidationContext>): ValidationConfig {
  return {
    subjectAltNames: reader.messages('matchTypedSubjectAltNames').map(readAltName),
    certificateHashes: reader.take('verifyCertificateHash').map((hash) => readHash(hash, reader)),
    acceptUntrusted:
      reader.choice('trustChainVerification', {
        [TrustChain.VERIFY_TRUST_CHAIN]: false,
        [TrustChain.ACCEPT_UNTRUSTED]: true,
      }) ?? false,
  };
}

/** Roots that stand in the context itself. Names say nothing when anybody may have signed them, so Envoy wants roots with them. */
function withRoots(
  reader: FieldReader<CertificateValidationContext>,
  config: ValidationConfig,
): ValidationConfig | undefined {
  const source = reader.message('trustedCa');
  if (!source) {
    if (config.subjectAltNames.length > 0) {
      reader.refuse('matchTypedSubjectAltNames', 'needs trusted_ca');
    }
    return config.certificateHashes.length > 0 || config.acceptUntrusted ? config : undefined;
  }
  const trustedCaPem = readDataSource(source);
  const trustedCa: SecretReference = { kind: 'inline', secret: { kind: 'validation', name: '', trustedCaPem } };
  return { ...config, trustedCa };
}

function readAltName(reader: FieldReader<SubjectAltNameMatcher>): SubjectAltNameMatch {
  return {
    type: reader.choice('sanType', sanTypes) ?? 'uri',
    matcher: readStringMatch(reader.message('matcher')),
  };
}

/** SHA-256 in hexadecimal, with colons or without. */
function readHash(text: string, reader: FieldReader<CertificateValidationContext>): string {
  const hash = text.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hash)) reader.refuse('verifyCertificateHash', 'is no SHA-256 in hexadecimal');
  return hash;
}
