import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { StreamAccessLogsMessage_IdentifierSchema } from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import type { Channel } from '../grpc/channel.ts';
import { LastingStream } from '../grpc/lasting-stream.ts';
import { BackOff } from '../runtime/back-off.ts';
import type { Counter, StatsScope } from '../runtime/instruments.ts';
import type { Timers } from '../runtime/services.ts';
import type { LogBatch } from '../worker/protocol.ts';

export interface AccessLogClientParams {
  readonly node: Node;
  /** The connection to a cluster of the bootstrap; undefined when there is none. */
  readonly channel: (cluster: string) => Channel | undefined;
  readonly timers: Timers;
  readonly random: () => number;
  readonly stats: StatsScope;
}

const method = '/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs';
/** Bytes of entries that wait for a service that is away; beyond, entries are dropped and counted. */
const maxWaitingBytes = 1024 * 1024;

/** Sends access-log entries to their services: one stream for each cluster, log and protocol, as Envoy does. */
export class AccessLogClient {
  readonly #params: AccessLogClientParams;
  readonly #logs = new Map<string, ServiceLog | undefined>();
  readonly #written: Counter;
  readonly #dropped: Counter;

  constructor(params: AccessLogClientParams) {
    this.#params = params;
    this.#written = params.stats.counter('access_logs.grpc_access_log.logs_written');
    this.#dropped = params.stats.counter('access_logs.grpc_access_log.logs_dropped');
  }

  take(batch: LogBatch): void {
    const log = this.#log(batch);
    if (log?.take(batch) === true) this.#written.inc(batch.count);
    else this.#dropped.inc(batch.count);
  }

  /** Sends what waits and ends its streams; resolves when the services have taken all of it, as far as they are there. */
  async finish(): Promise<void> {
    await Promise.all([...this.#logs.values()].map((log) => log?.finish()));
  }

  #log({ cluster, logName, protocol }: LogBatch): ServiceLog | undefined {
    const key = `${protocol} ${cluster} ${logName}`;
    if (this.#logs.has(key)) return this.#logs.get(key);
    const channel = this.#params.channel(cluster);
    const log = channel && new ServiceLog({ ...this.#params, connection: channel, cluster, logName, protocol });
    this.#logs.set(key, log);
    return log;
  }
}

interface ServiceLogParams extends Omit<AccessLogClientParams, 'channel' | 'stats'> {
  readonly connection: Channel;
  readonly cluster: string;
  readonly logName: string;
  readonly protocol: 'http' | 'tcp';
}

/** Entries on their way to one service under one name. */
class ServiceLog {
  readonly #protocol: 'http' | 'tcp';
  readonly #identifier: Uint8Array;
  readonly #stream: LastingStream;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #identified = false;

  constructor({ node, connection, cluster, logName, protocol, timers, random }: ServiceLogParams) {
    this.#protocol = protocol;
    this.#identifier = toBinary(
      StreamAccessLogsMessage_IdentifierSchema,
      create(StreamAccessLogsMessage_IdentifierSchema, { node, logName }),
    );
    this.#stream = new LastingStream({
      channel: connection,
      authority: cluster,
      path: method,
      timers,
      backOff: new BackOff({ baseMs: 500, maxMs: 10_000, random }),
      handler: {
        onOpen: () => {
          this.#identified = false;
          return this.#takeWaiting();
        },
        onMessage: () => undefined,
        onDown: () => undefined,
      },
    });
    this.#stream.start();
  }

  /** False: dropped. */
  take({ entries }: LogBatch): boolean {
    if (this.#stream.isOpen && this.#waiting.length === 0 && this.#offer(entries)) return true;
    if (this.#waitingBytes + entries.length > maxWaitingBytes) return false;
    this.#waiting.push(entries);
    this.#waitingBytes += entries.length;
    if (this.#stream.isOpen) this.#flush();
    return true;
  }

  finish(): Promise<void> {
    if (this.#stream.isOpen) this.#flush();
    return this.#stream.finish();
  }

  #offer(entries: Uint8Array): boolean {
    const sent = this.#stream.offer(this.#message(entries));
    if (sent) this.#identified = true;
    return sent;
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#offer(this.#waiting[0] as Uint8Array)) {
      this.#waitingBytes -= (this.#waiting.shift() as Uint8Array).length;
    }
  }

  #takeWaiting(): readonly Uint8Array[] {
    const messages = this.#waiting.map((entries) => {
      const message = this.#message(entries);
      this.#identified = true;
      return message;
    });
    this.#waiting = [];
    this.#waitingBytes = 0;
    return messages;
  }

  /** StreamAccessLogsMessage: the identifier in the first message of a stream, the entries as the worker has encoded them. */
  #message(entries: Uint8Array): Uint8Array {
    const writer = new BinaryWriter();
    if (!this.#identified) writer.tag(1, WireType.LengthDelimited).bytes(this.#identifier);
    writer.tag(this.#protocol === 'http' ? 2 : 3, WireType.LengthDelimited).bytes(entries);
    return writer.finish();
  }
}
