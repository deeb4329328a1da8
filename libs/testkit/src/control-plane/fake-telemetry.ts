import { GrpcServer, serverCredentials } from '@malla/grpc';
import { createLogger } from '@malla/observability';
import { AccessLogService, type StreamAccessLogsMessage } from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import type { FakeAuthority } from './fake-authority.ts';

/** policy-telemetry for specs: keeps the access-log messages that it gets. */
export class FakeTelemetry {
  /** Where it listens on 127.0.0.1. */
  port = 0;
  readonly messages: StreamAccessLogsMessage[] = [];
  readonly #authority: FakeAuthority;
  #server: GrpcServer | undefined;

  constructor(authority: FakeAuthority) {
    this.#authority = authority;
  }

  /** HTTP entries so far. */
  get entries(): number {
    return this.messages.reduce((sum, { logEntries }) => sum + (logEntries.value?.logEntry.length ?? 0), 0);
  }

  async start(): Promise<void> {
    const logger = createLogger({ service: 'fake-telemetry', level: 'silent' });
    this.#server = new GrpcServer({ name: 'the fake telemetry', logger }).add(AccessLogService, {
      streamAccessLogs: async (stream) => {
        for await (const message of stream.requests) this.messages.push(message);
        return {};
      },
    });
    const credentials = serverCredentials(await this.#authority.identityOf('policy-telemetry'), 'required');
    this.port = await this.#server.listen({ host: '127.0.0.1', port: this.port, credentials, setting: 'none' });
  }

  async stop(): Promise<void> {
    await this.#server?.close(100);
  }
}
