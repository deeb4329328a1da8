import type { TlsParametersConfig, TlsVersion } from '@malla/proxy-config';
import {
  TlsParameters_TlsProtocol as Protocol,
  type TlsParameters,
} from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import type { FieldReader } from '../wire/field-reader.ts';

type Parameters = Omit<TlsParametersConfig, 'alpnProtocols'>;

const versions: readonly TlsVersion[] = ['TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

const protocols: Readonly<Record<number, TlsVersion | 'auto'>> = {
  [Protocol.TLS_AUTO]: 'auto',
  [Protocol.TLSv1_0]: 'TLSv1.0',
  [Protocol.TLSv1_1]: 'TLSv1.1',
  [Protocol.TLSv1_2]: 'TLSv1.2',
  [Protocol.TLSv1_3]: 'TLSv1.3',
};

/** OpenSSL's names of the suites that Envoy's library has, for TLS 1.2 and below. */
const cipherSuites: ReadonlySet<string> = new Set([
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ...['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA', 'ECDHE-RSA-AES256-SHA'],
  ...['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'AES128-SHA', 'AES256-SHA'],
]);

const curves: ReadonlySet<string> = new Set(['X25519MLKEM768', 'X25519', 'P-256', 'P-384', 'P-521']);

/** Versions, ciphers and curves. Envoy's defaults: 1.2 to 1.3 for servers, 1.2 alone for clients. */
export function readTlsParameters(reader: FieldReader<TlsParameters> | undefined, latest: TlsVersion): Parameters {
  if (!reader) return { minimumVersion: 'TLSv1.2', maximumVersion: latest, cipherSuites: [], ecdhCurves: [] };
  const minimumVersion = readVersion(reader, 'tlsMinimumProtocolVersion', 'TLSv1.2');
  const maximumVersion = readVersion(reader, 'tlsMaximumProtocolVersion', latest);
  if (versions.indexOf(minimumVersion) > versions.indexOf(maximumVersion)) {
    reader.refuse('tlsMaximumProtocolVersion', `${maximumVersion} is below the minimum, ${minimumVersion}`);
  }
  return { minimumVersion, maximumVersion, cipherSuites: readCipherSuites(reader), ecdhCurves: readCurves(reader) };
}

function readVersion(
  reader: FieldReader<TlsParameters>,
  field: 'tlsMinimumProtocolVersion' | 'tlsMaximumProtocolVersion',
  otherwise: TlsVersion,
): TlsVersion {
  const version = reader.choice(field, protocols);
  return version === undefined || version === 'auto' ? otherwise : version;
}

/** BoringSSL's groups of equal preference, `[A|B]`, become their members in order. */
function readCipherSuites(reader: FieldReader<TlsParameters>): string[] {
  const suites = reader.take('cipherSuites').flatMap((text) => text.split(/[[\]|:]/).filter((name) => name !== ''));
  for (const name of suites) if (!cipherSuites.has(name)) reader.refuse('cipherSuites', `${name} is not supported`);
  return suites;
}

function readCurves(reader: FieldReader<TlsParameters>): readonly string[] {
  const names = reader.take('ecdhCurves');
  for (const name of names) if (!curves.has(name)) reader.refuse('ecdhCurves', `${name} is not supported`);
  return names;
}
