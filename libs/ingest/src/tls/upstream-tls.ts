import type { UpstreamTlsConfig } from '@malla/proxy-config';
import type { UpstreamTlsContext } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readCommonTls } from './common-tls.ts';
import { readTlsParameters } from './tls-parameters.ts';

/** TLS with endpoints. */
export function readUpstreamTls(reader: FieldReader<UpstreamTlsContext>): UpstreamTlsConfig {
  const common = reader.message('commonTlsContext');
  const sni = reader.take('sni');
  if (!common) return { ...readTlsParameters(undefined, 'TLSv1.2'), alpnProtocols: [], sni };
  const { parameters, certificate, validation } = readCommonTls(common, 'TLSv1.2');
  return { ...parameters, sni, ...(certificate && { certificate }), ...(validation && { validation }) };
}
