import { Http2ClientConnection } from '@malla/http-codec';
import type { ClusterConfig } from '@malla/proxy-config';
import { Channel, type ConnectHttp2 } from '../grpc/channel.ts';
import type { Timers } from '../runtime/services.ts';

/** Windows of the main thread's streams: discovery sends large messages to a process that takes them at once. In bytes. */
const windowBytes = 4 * 1024 * 1024;

const connectHttp2: ConnectHttp2 = (transport, handler) =>
  new Http2ClientConnection({
    transport,
    handler,
    options: { initialStreamWindowSize: windowBytes, initialConnectionWindowSize: windowBytes * 4 },
  });

/** The main thread's gRPC connections, by cluster of the bootstrap. */
export class Channels {
  readonly #clusters: ReadonlyMap<string, ClusterConfig>;
  readonly #timers: Timers;
  readonly #channels = new Map<string, Channel>();

  constructor(clusters: readonly ClusterConfig[], timers: Timers) {
    this.#clusters = new Map(clusters.map((cluster) => [cluster.name, cluster]));
    this.#timers = timers;
  }

  /** Undefined when the bootstrap has no such cluster. */
  get(name: string): Channel | undefined {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const cluster = this.#clusters.get(name);
    if (cluster === undefined) return undefined;
    const channel = new Channel({ cluster, connectHttp2, timers: this.#timers });
    this.#channels.set(name, channel);
    return channel;
  }
}
