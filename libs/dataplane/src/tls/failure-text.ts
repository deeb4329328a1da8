import type { CertificateFacts } from './peer-certificate.ts';

/** BoringSSL numbers its errors: those of alerts begin here. */
const alertBase = 268_436_456;

const alerts: Readonly<Record<string, number>> = {
  UNEXPECTED_MESSAGE: 10,
  BAD_RECORD_MAC: 20,
  HANDSHAKE_FAILURE: 40,
  BAD_CERTIFICATE: 42,
  UNSUPPORTED_CERTIFICATE: 43,
  CERTIFICATE_REVOKED: 44,
  CERTIFICATE_EXPIRED: 45,
  CERTIFICATE_UNKNOWN: 46,
  ILLEGAL_PARAMETER: 47,
  UNKNOWN_CA: 48,
  ACCESS_DENIED: 49,
  DECODE_ERROR: 50,
  DECRYPT_ERROR: 51,
  PROTOCOL_VERSION: 70,
  INSUFFICIENT_SECURITY: 71,
  INTERNAL_ERROR: 80,
  UNRECOGNIZED_NAME: 112,
  CERTIFICATE_REQUIRED: 116,
  NO_APPLICATION_PROTOCOL: 120,
};

/**
 * Why a handshake failed, as Envoy says it (`TLS_error:|268436496:SSL routines:OPENSSL_internal:SSLV3_ALERT_HANDSHAKE_FAILURE:TLS_error_end`); empty when the
 * connection just ended. OpenSSL's words stand in for those that BoringSSL has no equal for.
 */
export function handshakeFailureText(error: Error | undefined): string {
  const { reason } = (error ?? {}) as { readonly reason?: string };
  if (reason === undefined) return '';
  if (reason === 'wrong version number' || reason === 'packet length too long') {
    return failureText('268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER');
  }
  const alert = /^(ssl\/tls|sslv3|tlsv1|tlsv13) alert (.+)$/.exec(reason);
  const name = alert?.[2]?.toUpperCase().replaceAll(' ', '_') ?? '';
  const number = alerts[name];
  if (number === undefined) return failureText(reason);
  const family = alert?.[1] === 'ssl/tls' || alert?.[1] === 'sslv3' ? 'SSLV3' : 'TLSV1';
  return failureText(`${alertBase + number}:SSL routines:OPENSSL_internal:${family}_ALERT_${name}`);
}

/** A certificate was not accepted, for a reason in Envoy's words. */
export function refusalText(reason: string): string {
  return failureText(`268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: ${reason}`);
}

/** The chain is not good. */
export function chainRefusal(reason: string): string {
  // Node.js adds advice to some of OpenSSL's words.
  const [words = ''] = reason.split('; if the root CA');
  const known = words === 'unsuitable certificate purpose' ? 'unsupported certificate purpose' : words;
  return `X509_verify_cert: certificate verification error at depth 0: ${known}`;
}

/** None of the wanted names is there. */
export function nameRefusal({ uriSans, dnsSans, ipSans, emailSans }: CertificateFacts): string {
  return `SAN matcher, certificate SANs are [${[...uriSans, ...dnsSans, ...ipSans, ...emailSans].join(', ')}]`;
}

function failureText(text: string): string {
  return `TLS_error:|${text}:TLS_error_end`;
}
