import { Backoff, createClient, sleep, type Channel, type ServiceHandlers } from '@malla/grpc';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { AccessLogService } from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import type { Logger } from 'pino';
import { AccessLogRelay } from './access-log-relay.ts';

export interface AccessLogSinkParams {
  /** To policy-telemetry; undefined: entries are counted as dropped. */
  readonly channel: (() => Channel) | undefined;
  readonly node: Node;
  readonly logger: Logger;
  readonly count: (outcome: 'relayed' | 'dropped', entries: number) => void;
}

/** Where the data plane's access logs go: the service on the socket, and the stream to policy-telemetry. */
export class AccessLogSink {
  readonly #params: AccessLogSinkParams;
  readonly #relay: AccessLogRelay | undefined;

  constructor(params: AccessLogSinkParams) {
    const { channel, node, logger, count } = params;
    this.#params = params;
    if (channel === undefined) return;
    this.#relay = new AccessLogRelay({
      // Waiting for a connection keeps messages here instead of losing them to a call that fails at once.
      open: (signal) => createClient(AccessLogService, channel()).streamAccessLogs({ signal, waitForReady: true }),
      node,
      logger,
      backoff: new Backoff({ initialMs: 200, maxMs: 10_000 }),
      now: () => performance.now(),
      sleep,
      count,
    });
  }

  start(): void {
    this.#relay?.start();
  }

  /** Passes on what waits, within bounds, and ends. */
  async stop(timeoutMs: number): Promise<void> {
    await this.#relay?.stop(timeoutMs);
  }

  /** envoy.service.accesslog.v3.AccessLogService for the data plane. */
  handlers(): ServiceHandlers<typeof AccessLogService> {
    return {
      streamAccessLogs: async (stream) => {
        let logName: string | undefined;
        for await (const message of stream.requests) {
          logName = message.identifier?.logName ?? logName;
          if (this.#relay === undefined) this.#params.count('dropped', message.logEntries.value?.logEntry.length ?? 0);
          else this.#relay.push({ message, logName: logName ?? '' });
        }
        return {};
      },
    };
  }
}
