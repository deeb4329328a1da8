import type { AccessLogType, ClusterConfig, Metadata } from '@malla/proxy-config';
import type { ConnectionInfo, SocketEnd, TlsInfo } from '../runtime/connection.ts';
import type { LogRecord } from '../runtime/log-record.ts';
import type { Clusters } from '../runtime/upstream.ts';
import type { LogFacts, UpstreamFacts } from './log-facts.ts';

/** A TCP connection's record as facts, for formats and filters. */
export class RecordFacts implements LogFacts, UpstreamFacts {
  readonly record: LogRecord;
  readonly http = undefined;
  readonly timings = undefined;
  readonly connection: ConnectionInfo;
  readonly #clusters: Clusters;

  constructor(record: LogRecord, clusters: Clusters) {
    const { downstream } = record;
    this.record = record;
    this.#clusters = clusters;
    this.connection = {
      id: downstream.connectionId,
      remote: downstream.directRemote,
      local: downstream.local,
      listener: '',
      filterChain: '',
      direction: 'unspecified',
      requestedServerName: downstream.requestedServerName,
      // Without the certificate itself, which no format for TCP asks for.
      ...(downstream.tls && { tls: downstream.tls as TlsInfo }),
      startedAt: record.startedAt,
      scratch: new Map(),
    };
  }

  get type(): AccessLogType {
    return this.record.type;
  }

  get startedAt(): number {
    return this.record.startedAt;
  }

  get durationMs(): number {
    return this.record.durationMs;
  }

  get flags(): string {
    return this.record.flags.join(',');
  }

  get remote(): SocketEnd {
    return this.record.downstream.remote;
  }

  get upstream(): UpstreamFacts | undefined {
    return this.record.upstream === undefined ? undefined : this;
  }

  get routeName(): string {
    return this.record.routeName;
  }

  get responseCodeDetails(): string {
    return this.record.responseCodeDetails;
  }

  get terminationDetails(): string {
    return this.record.connectionTerminationDetails ?? '';
  }

  get bytesReceived(): number {
    return this.record.bytesReceived;
  }

  get bytesSent(): number {
    return this.record.bytesSent;
  }

  get cluster(): string {
    return this.record.upstream?.cluster ?? '';
  }

  get config(): ClusterConfig | undefined {
    return this.#clusters.get(this.cluster)?.config;
  }

  get hostMetadata(): Metadata | undefined {
    return this.record.upstream?.hostMetadata;
  }

  get hostEnd(): SocketEnd | undefined {
    return this.record.upstream?.remote;
  }

  get remoteEnd(): SocketEnd | undefined {
    return this.record.upstream?.remote;
  }

  get local(): SocketEnd | undefined {
    return this.record.upstream?.local;
  }

  get tls(): TlsInfo | undefined {
    return this.record.upstream?.tls as TlsInfo | undefined;
  }

  get transportFailure(): string {
    return this.record.upstream?.transportFailure ?? '';
  }

  get attempts(): number {
    return this.record.upstream?.attempts ?? 0;
  }
}
