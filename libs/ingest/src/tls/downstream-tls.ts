import type { DownstreamTlsConfig } from '@malla/proxy-config';
import {
  DownstreamTlsContext_OcspStaplePolicy as Stapling,
  type DownstreamTlsContext,
} from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readCommonTls } from './common-tls.ts';

/** TLS with clients; undefined when it was refused. */
export function readDownstreamTls(reader: FieldReader<DownstreamTlsContext>): DownstreamTlsConfig | undefined {
  // Nothing is stapled, which lenient stapling allows.
  reader.expect('ocspStaplePolicy', Stapling.LENIENT_STAPLING);
  reader.expect('requireSni', false);
  const common = reader.message('commonTlsContext');
  const requireClientCertificate = reader.take('requireClientCertificate') ?? false;
  if (!common) {
    reader.refuse('commonTlsContext', 'is required: a server needs a certificate');
    return undefined;
  }
  const { parameters, certificate, validation } = readCommonTls(common, 'TLSv1.3');
  if (!certificate) {
    reader.refuse('commonTlsContext', 'has no certificate');
    return undefined;
  }
  return { ...parameters, certificate, requireClientCertificate, ...(validation && { validation }) };
}
