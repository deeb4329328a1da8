import { create } from '@bufbuild/protobuf';
import { createLogger } from '@malla/observability';
import { NodeSchema } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { StreamAccessLogsMessageSchema } from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import { describe, expect, it } from 'vitest';
import { AccessLogRelay, type AccessLogCall, type NamedMessage } from './access-log-relay.ts';

function message(entries: number, logName = 'log'): NamedMessage {
  const logEntry = Array.from({ length: entries }, () => ({}));
  const value = { case: 'httpLogs' as const, value: { logEntry } };
  return { message: create(StreamAccessLogsMessageSchema, { logEntries: value }), logName };
}

/** policy-telemetry: streams that can be slow and can break. */
class Telemetry {
  readonly streams: { logName: string | undefined; entries: number }[][] = [];
  room = true;
  #break: (error: Error) => void = () => undefined;

  open(signal: AbortSignal): AccessLogCall {
    const received: { logName: string | undefined; entries: number }[] = [];
    this.streams.push(received);
    const response = new Promise<never>((_resolve, reject) => (this.#break = reject));
    const ended = response.then(
      () => undefined,
      () => undefined,
    );
    signal.addEventListener('abort', () => this.break());
    return {
      response,
      send: (sent) => {
        const { identifier, logEntries } = sent as NamedMessage['message'];
        received.push({ logName: identifier?.logName, entries: logEntries.value?.logEntry.length ?? 0 });
        return this.room;
      },
      drained: () => ended,
      end: () => this.#break(new Error('ended')),
      cancel: () => this.#break(new Error('cancelled')),
    };
  }

  break(): void {
    this.#break(new Error('gone'));
  }
}

function setUp(maxEntries = 100) {
  const telemetry = new Telemetry();
  const counts = { relayed: 0, dropped: 0 };
  const relay = new AccessLogRelay({
    open: (signal) => telemetry.open(signal),
    node: create(NodeSchema, { id: 'n' }),
    logger: createLogger({ service: 'test', level: 'silent' }),
    maxEntries,
    backoff: { next: () => 1, reset: () => undefined },
    now: () => 0,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    count: (outcome, entries) => (counts[outcome] += entries),
  });
  return { telemetry, relay, counts };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('AccessLogRelay', () => {
  it('names the log in the first message of a stream and when it changes', async () => {
    const { telemetry, relay, counts } = setUp();
    relay.start();
    for (const name of ['a', 'a', 'b']) relay.push(message(1, name));
    await settle();
    expect(telemetry.streams).toEqual([
      [
        { logName: 'a', entries: 1 },
        { logName: undefined, entries: 1 },
        { logName: 'b', entries: 1 },
      ],
    ]);
    expect(counts).toEqual({ relayed: 3, dropped: 0 });
  });

  it('goes on with a new stream when one breaks', async () => {
    const { telemetry, relay } = setUp();
    relay.start();
    relay.push(message(1));
    await settle();
    telemetry.break();
    await settle();
    relay.push(message(2));
    await settle();
    expect(telemetry.streams.map((stream) => stream.length)).toEqual([1, 1]);
    expect(telemetry.streams[1]?.[0]).toEqual({ logName: 'log', entries: 2 });
  });

  it('drops the oldest entries above its bound, and counts them', async () => {
    const { telemetry, relay, counts } = setUp(10);
    telemetry.room = false;
    relay.start();
    relay.push(message(1));
    await settle();
    for (let count = 0; count < 10; count++) relay.push(message(3));
    expect(relay.waiting).toBeLessThanOrEqual(10);
    expect(relay.waiting + counts.dropped).toBe(30);
  });

  it('ends within its time, with what is left counted as dropped', async () => {
    const { telemetry, relay, counts } = setUp();
    telemetry.room = false;
    relay.start();
    relay.push(message(1));
    await settle();
    relay.push(message(5));
    telemetry.break();
    await relay.stop(50);
    expect(counts.relayed + counts.dropped).toBe(6);
  });
});
