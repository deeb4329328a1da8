import { z } from 'zod';
import { int32 } from '../../schema/structural.ts';
import { anyDuration } from '../istio-type/durations.ts';

const limit = int32().nullish();
const time = anyDuration.optional();

/** How a proxy treats connections of its clients. What is not given comes from the profile. */
export const connectionSettingsSchema = z.strictObject({
  profile: z
    .enum(['SIDECAR', 'EDGE'])
    .optional()
    .describe('SIDECAR: Istio’s usual values (default). EDGE: Envoy’s advice for the edge.'),
  listenerPerConnectionBufferLimitBytes: limit.describe('Bytes held for a connection of a client; EDGE 32768.'),
  clusterPerConnectionBufferLimitBytes: limit.describe('Bytes held for a connection to a server; EDGE 32768.'),
  httpIdleTimeout: time.describe('Close connections without requests after so long; EDGE 1h.'),
  httpMaxConnectionDuration: time.describe('Longest life of a connection; default: no limit.'),
  httpDrainTimeout: time.describe('Time between the two GOAWAY frames that end an HTTP/2 connection.'),
  httpRequestTimeout: time.describe('Time for a whole request to arrive; EDGE 5m.'),
  httpRequestHeadersTimeout: time.describe('Time for the headers of a request to arrive; default: no limit.'),
  httpStreamIdleTimeout: time.describe('End requests on which nothing happens after so long; EDGE 5m.'),
  httpMaxStreamDuration: time.describe('Longest time for request and answer together; default: no limit.'),
  httpMaxConcurrentStreams: limit.describe('HTTP/2 streams on one connection; EDGE 100.'),
  http2InitialStreamWindowSize: limit.describe('Bytes in flight on a stream, 65535 to 2147483647; EDGE 65536.'),
  http2InitialConnectionWindowSize: limit.describe(
    'Bytes in flight on a connection, 65535 to 2147483647; EDGE 1048576.',
  ),
  httpHeadersWithUnderscoresAction: z
    .enum([
      'HEADERS_WITH_UNDERSCORES_UNSPECIFIED',
      'HEADERS_WITH_UNDERSCORES_ALLOW',
      'HEADERS_WITH_UNDERSCORES_REJECT_REQUEST',
      'HEADERS_WITH_UNDERSCORES_DROP_HEADER',
    ])
    .optional()
    .describe('Headers with _ in their names: allow (default), refuse the request (EDGE), or drop the header.'),
  httpMergeSlashes: z.boolean().nullish().describe('Make // of paths to /; EDGE true.'),
  httpPathWithEscapedSlashesAction: z
    .enum([
      'PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED',
      'KEEP_UNCHANGED',
      'REJECT_REQUEST',
      'UNESCAPE_AND_REDIRECT',
      'UNESCAPE_AND_FORWARD',
    ])
    .optional()
    .describe('Paths with %2F or %5C: keep (default), refuse, or decode and redirect (EDGE) or forward.'),
  listenerConnectionLimit: limit.describe('Most connections of one listener; default: no limit.'),
  globalDownstreamConnectionLimit: limit.describe('Most connections of all clients; default: no limit.'),
});
