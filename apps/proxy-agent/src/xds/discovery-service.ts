import type { DescMessage } from '@bufbuild/protobuf';
import type { DuplexStream, ServiceHandlers } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { typeUrls } from '@malla/protos';
import type { AggregatedDiscoveryService } from '@malla/protos/gen/envoy/service/discovery/v3/ads_pb';
import type { SecretDiscoveryService } from '@malla/protos/gen/envoy/service/secret/v3/sds_pb';
import { deltaStream, sotwStream, type RequestSink, type StreamParams } from './data-plane-stream.ts';
import type { Knowledge } from './gate.ts';
import type { XdsRelay } from './xds-relay.ts';

export interface DiscoveryServiceParams {
  readonly relay: XdsRelay;
  readonly known: Knowledge;
  /** Counts a data plane's requests and the responses to it. */
  readonly count: (what: 'request' | 'response') => void;
}

/** ADS for the data plane: both variants. */
export function aggregatedHandlers(params: DiscoveryServiceParams): ServiceHandlers<typeof AggregatedDiscoveryService> {
  return {
    deltaAggregatedResources: (stream) => serve(stream, deltaStream, params),
    streamAggregatedResources: (stream) => serve(stream, sotwStream, params),
  };
}

/** SDS for the data plane: both variants, and nothing but secrets. */
export function secretHandlers(params: DiscoveryServiceParams): ServiceHandlers<typeof SecretDiscoveryService> {
  const only = typeUrls.secret;
  return {
    deltaSecrets: (stream) => serve(stream, deltaStream, params, only),
    streamSecrets: (stream) => serve(stream, sotwStream, params, only),
  };
}

async function serve<Request extends { typeUrl: string }, I extends DescMessage, O extends DescMessage>(
  stream: DuplexStream<I, O> & { readonly requests: AsyncIterable<Request> },
  make: (params: StreamParams) => RequestSink<Request>,
  { relay, known, count }: DiscoveryServiceParams,
  onlyType?: string,
): Promise<void> {
  const write = (bytes: Uint8Array): void => {
    count('response');
    stream.send(bytes);
  };
  const sink = make({ known, write });
  relay.open(sink);
  try {
    for await (const request of stream.requests) {
      count('request');
      sink.receive(onlyType === undefined ? request : ofType(request, onlyType));
      relay.progressed(sink);
    }
  } finally {
    relay.close(sink);
  }
}

/** SDS requests may leave the type out. */
function ofType<Request extends { typeUrl: string }>(request: Request, typeUrl: string): Request {
  if (request.typeUrl !== '' && request.typeUrl !== typeUrl) {
    throw new MallaError('invalid', `SDS serves ${typeUrl}, not ${request.typeUrl}`);
  }
  return { ...request, typeUrl };
}
