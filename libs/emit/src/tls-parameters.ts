import { TlsParameters_TlsProtocol } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';

/** Versions, ciphers and curves of every TLS connection, as Istio has them. */
export const tlsParameters = {
  tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2,
  tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
  cipherSuites: [
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
  ],
};
