/**
 * What has become of a host's connections and requests, in one worker; whoever connects and forwards counts. For Envoy's /clusters.
 * Source: Envoy's HostStats.
 */
export class HostCounts {
  connections = 0;
  activeConnections = 0;
  failedConnections = 0;
  requests = 0;
  /** Answers below 500; of gRPC those with status 0. */
  succeeded = 0;
  failed = 0;
  timedOut = 0;
}
