import type { MessageInitShape } from '@bufbuild/protobuf';
import { HttpProtocolOptions_HeadersWithUnderscoresAction } from '@malla/protos/gen/envoy/config/core/v3/protocol_pb';
import {
  HttpConnectionManager_ForwardClientCertDetails,
  type HttpConnectionManagerSchema,
} from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { duration } from './wire/duration.ts';

/** A head must be there by then: slow ones would hold connections. */
const requestHeadersTimeoutMs = 60_000;

/** A stream may rest so long; Envoy's default, which sidecars switch off. */
const streamIdleTimeoutMs = 300_000;

/** Of one HTTP/2 connection. */
const maxConcurrentStreams = 100;
const streamWindowBytes = 65_536;
const connectionWindowBytes = 1_048_576;

/**
 * What differs where callers are strangers. The caller's address is the connection's, so that nobody can pretend another one, nor https; what it says of
 * a client certificate is dropped, and the one that it showed is told in its place.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge, Istio pilot/pkg/networking/core/gateway.go (buildGatewayConnectionManager)
 */
export const edgeOptions = {
  useRemoteAddress: true,
  forwardClientCertDetails: HttpConnectionManager_ForwardClientCertDetails.SANITIZE_SET,
  setCurrentClientCertDetails: { subject: true, cert: true, uri: true, dns: true },
  // `a_b` and `a-b` are one header to many applications.
  commonHttpProtocolOptions: {
    headersWithUnderscoresAction: HttpProtocolOptions_HeadersWithUnderscoresAction.REJECT_REQUEST,
  },
  http2ProtocolOptions: {
    maxConcurrentStreams,
    initialStreamWindowSize: streamWindowBytes,
    initialConnectionWindowSize: connectionWindowBytes,
  },
  httpProtocolOptions: { acceptHttp10: false },
  requestHeadersTimeout: duration(requestHeadersTimeoutMs),
  streamIdleTimeout: duration(streamIdleTimeoutMs),
} satisfies MessageInitShape<typeof HttpConnectionManagerSchema>;
