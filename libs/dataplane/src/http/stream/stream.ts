import type { HeaderLookup } from '@malla/authz';
import type { HeaderList, RequestHead, ResponseHead, ServerExchange } from '@malla/http-codec';
import type { CompiledDestination, CompiledRoute, HeaderEdits, RouteRequest } from '@malla/matcher';
import type { HttpManagerConfig, PerFilterConfig } from '@malla/proxy-config';
import type { UpstreamFacts } from '../../access-log/log-facts.ts';
import type { ConnectionInfo } from '../../runtime/connection.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import type { ManagerStats } from '../stats/manager-stats.ts';
import type { RequestTrace } from '../../tracing/request-trace.ts';
import type { Deadlines } from './deadlines.ts';
import type { GrpcMessages } from './grpc-messages.ts';
import type { HeldBody } from './held-body.ts';
import type { LocalReply } from './local-reply.ts';
import type { RequestSink } from './request-sink.ts';
import type { Suspension } from './suspension.ts';

/** What a stream shares with all others of its connection manager. */
export interface StreamManager {
  readonly config: HttpManagerConfig;
  readonly services: WorkerServices;
  readonly stats: ManagerStats;
  readonly deadlines: Deadlines;
  /** How much of a body may be held, for filters and retries. */
  readonly bufferLimitBytes: number;
}

/** One request and its response, as filters and the router see it. */
export interface Stream extends RouteRequest, HeaderLookup {
  readonly manager: StreamManager;
  readonly exchange: ServerExchange;
  readonly head: RequestHead;
  readonly connection: ConnectionInfo;
  readonly isHttp2: boolean;
  readonly isGrpc: boolean;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** The client's address; may differ from the peer's. */
  sourceIp: string;
  route: CompiledRoute | undefined;
  destination: CompiledDestination | undefined;
  /** Path before a rewrite, once there was one. */
  originalPath: string | undefined;

  /** Envoy's short flags in the order they came up, separated by commas. */
  readonly flags: string;
  /** Envoy's response code details. */
  details: string;
  readonly terminationDetails: string;
  readonly responseHead: ResponseHead | undefined;
  readonly responseTrailers: HeaderList | undefined;
  readonly responseStarted: boolean;
  /** The response was sent whole, or the stream was reset. */
  readonly over: boolean;
  readonly requestEnded: boolean;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Monotonic milliseconds; 0: not yet, or nobody asks. */
  readonly requestEndedAt: number;
  readonly firstDownstreamTxAt: number;
  readonly firstUpstreamTxAt: number;
  readonly firstUpstreamRxAt: number;

  /** Its span, where spans are made and the caller's context can be read. */
  trace: RequestTrace | undefined;
  /** The router's half, once the request goes to a cluster. */
  forwarded: UpstreamFacts | undefined;
  /** Of the route, for answers of our own. */
  localEdits: HeaderEdits | undefined;
  /** Filter state by filter, for the few that need some. */
  notes: Map<object, unknown> | undefined;
  /** Texts that filters keep for access logs, by namespace and key. */
  dynamicMetadata: Record<string, Record<string, string>> | undefined;
  /** Messages of a gRPC call, when some filter wants them counted; the response's once it is known to be gRPC. */
  grpcMessages: { readonly requests: GrpcMessages; responses: GrpcMessages | undefined } | undefined;
  /** What is held of the request body. */
  readonly held: HeldBody | undefined;

  /** Chooses route and destination anew, for a request that a filter has changed. */
  findRouteAgain(): void;
  /** A filter's configuration for this request. */
  filterConfig(name: string): PerFilterConfig | undefined;
  addFlag(flag: string): void;
  /** A filter waits for something; at most `holdBytes` of the request body are held meanwhile. */
  suspend(suspension: Suspension, holdBytes?: number): void;
  /** What a filter waited for was there at once; it tells the chain itself how to go on. */
  unsuspend(): void;
  /** The request goes on to the filter behind the one that suspended it. */
  resume(): void;
  /** The router takes the request; gets what was held. */
  connectSink(sink: RequestSink): void;
  pauseReading(): void;
  resumeReading(): void;
  /** A response head, from upstream or our own. */
  sendHead(head: ResponseHead, endStream: boolean): void;
  /** False: wait for the sink's `onDownstreamWritable`. */
  sendData(chunk: Uint8Array, endStream: boolean): boolean;
  sendTrailers(trailers: HeaderList): void;
  /** Answers in the upstream's place; when the response has begun already, the stream is reset instead. */
  reply(reply: LocalReply): void;
  /** Ends the stream before its response is complete. */
  resetDownstream(): void;
  /** 101: from here on bytes go both ways until either side ends. */
  startTunnel(): void;
  /** The first byte goes to, or comes from, upstream. */
  markUpstreamTx(): void;
  markUpstreamRx(): void;
  /** The route is known, and with it how long everything may take. */
  startDeadlines(): void;
}
