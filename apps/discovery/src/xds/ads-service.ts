import type { DescMessage } from '@bufbuild/protobuf';
import type { DuplexStream, ServiceHandlers } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { logFields } from '@malla/observability';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { AggregatedDiscoveryService } from '@malla/protos/gen/envoy/service/discovery/v3/ads_pb';
import { DeltaSession, SotwSession, XdsLimitError, type SessionOptions, type XdsSession } from '@malla/xds';
import type { Logger } from 'pino';
import type { ProxyRegistry } from './proxy-registry.ts';
import { checkProxyIdentity, proxyOfNode } from './proxy-of-node.ts';

export interface AdsServiceParams {
  readonly proxies: ProxyRegistry;
  readonly trustDomain: string;
  /** Service account that holds a workload name of a namespace at present; undefined: nobody. */
  readonly ownerOf: (namespace: string, workload: string) => string | undefined;
  /** False only on the plain-text loopback port, where no caller has a certificate. */
  readonly checkIdentity: boolean;
  readonly logger: Logger;
  /** Why streams cannot be served yet; undefined when they can. */
  readonly notReady: () => string | undefined;
  readonly sessionOptions: () => SessionOptions;
}

interface DiscoveryRequestLike {
  readonly node?: Node | undefined;
}

/** envoy.service.discovery.v3.AggregatedDiscoveryService, in both protocol variants. */
export function adsHandlers(params: AdsServiceParams): ServiceHandlers<typeof AggregatedDiscoveryService> {
  return {
    deltaAggregatedResources: (stream) => serve(params, stream, new DeltaSession(params.sessionOptions())),
    streamAggregatedResources: (stream) => serve(params, stream, new SotwSession(params.sessionOptions())),
  };
}

/** Serves one stream from its first request, which carries the node, to its end. */
async function serve<I extends DescMessage, O extends DescMessage, Request extends DiscoveryRequestLike>(
  params: AdsServiceParams,
  stream: DuplexStream<I, O>,
  session: XdsSession<Request>,
): Promise<void> {
  const { proxies, logger, trustDomain, checkIdentity } = params;
  const reason = params.notReady();
  if (reason !== undefined) throw new MallaError('unavailable', `discovery is not ready: ${reason}`);
  const requests = (stream.requests as AsyncIterable<unknown> as AsyncIterable<Request>)[Symbol.asyncIterator]();
  const first = await requests.next();
  if (first.done === true) return;
  const connected = proxyOfNode(first.value.node);
  if (checkIdentity) {
    const { namespace, workload } = connected.proxy;
    checkProxyIdentity(connected.proxy, { peer: stream.peer, trustDomain, owner: params.ownerOf(namespace, workload) });
  }
  const connection = proxies.open({ connected, session, sink: stream });
  const fields = { [logFields.proxy]: connection.id, [logFields.peer]: stream.peer };
  logger.info(fields, 'Proxy connected');
  try {
    connection.receive(first.value);
    for (let next = await requests.next(); next.done !== true; next = await requests.next())
      connection.receive(next.value);
  } catch (error) {
    if (error instanceof XdsLimitError) throw new MallaError('exhausted', error.message, { cause: error });
    throw error;
  } finally {
    proxies.close(connection);
    logger.info(fields, 'Proxy disconnected');
  }
}
