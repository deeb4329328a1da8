import { create } from '@bufbuild/protobuf';
import { Backoff } from '@malla/grpc';
import { MallaError } from '@malla/model';
import {
  WatchEventSchema,
  WatchEvent_Type as Type,
  type WatchEvent,
} from '@malla/protos/gen/malla/config/v1/config_pb';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigFeed, type ConfigChanges, type ConfigFeedParams } from './config-feed.ts';

function event(type: Type, revision: bigint, name?: string): WatchEvent {
  const key = { group: 'networking.istio.io', kind: 'VirtualService', namespace: 'shop', name: name ?? '' };
  const json = new TextEncoder().encode(JSON.stringify({ kind: 'VirtualService', metadata: { name } }));
  return create(WatchEventSchema, { type, revision, ...(name !== undefined && { resource: { key, revision, json } }) });
}

/** A server whose watches are scripted: each entry is one stream's events, and how it ends. */
function scripted(streams: readonly (readonly (WatchEvent | Error)[])[]) {
  const askedFrom: bigint[] = [];
  const watch = ((request: { fromRevision: bigint }, settings: { signal: AbortSignal }) => {
    const script = streams[askedFrom.length];
    askedFrom.push(request.fromRevision);
    return (async function* () {
      for (const step of script ?? []) {
        if (step instanceof Error) throw step;
        yield step;
      }
      if (script === streams.at(-1)) await new Promise((resolve) => settings.signal.addEventListener('abort', resolve));
    })();
  }) as unknown as ConfigFeedParams['client']['watch'];
  return { askedFrom, client: { watch } };
}

describe('ConfigFeed', () => {
  let feed: ConfigFeed | undefined;
  afterEach(() => feed?.stop());

  function start(streams: readonly (readonly (WatchEvent | Error)[])[]) {
    const server = scripted(streams);
    const changes: ConfigChanges[] = [];
    const states: string[] = [];
    feed = new ConfigFeed({
      client: server.client,
      logger: pino({ level: 'silent' }),
      sleep: () => Promise.resolve(),
      backoff: new Backoff(),
      onChanges: (change) => changes.push(change),
      onState: (state) => states.push(state),
    });
    feed.start();
    return { feed, changes, states, askedFrom: server.askedFrom };
  }

  it('gives the whole state once, then each change', async () => {
    const { feed, changes } = start([
      [
        event(Type.ADDED, 3n, 'a'),
        event(Type.ADDED, 5n, 'b'),
        event(Type.SYNCED, 7n),
        event(Type.MODIFIED, 8n, 'a'),
        event(Type.DELETED, 9n, 'b'),
      ],
    ]);
    await vi.waitFor(() => expect(feed.revision).toBe(9n));
    expect(changes.map((c) => [c.replace, c.revision, c.upserts.length, c.deletes.map((d) => d.name)])).toEqual([
      [true, 7n, 2, []],
      [false, 8n, 1, []],
      [false, 9n, 0, ['b']],
    ]);
  });

  it('resumes after the last revision when the stream breaks', async () => {
    const { changes, askedFrom } = start([
      [
        event(Type.ADDED, 3n, 'a'),
        event(Type.SYNCED, 7n),
        event(Type.BOOKMARK, 12n),
        new MallaError('unavailable', 'gone'),
      ],
      [event(Type.SYNCED, 12n), event(Type.MODIFIED, 13n, 'a')],
    ]);
    await vi.waitFor(() => expect(changes).toHaveLength(2));
    expect(askedFrom).toEqual([0n, 12n]);
    expect(changes[1]).toMatchObject({ replace: false, revision: 13n });
  });

  it('starts anew when its revision is compacted away, and when a listing breaks off', async () => {
    const { changes, askedFrom } = start([
      [event(Type.ADDED, 3n, 'a'), new MallaError('unavailable', 'gone')],
      [event(Type.ADDED, 3n, 'a'), event(Type.SYNCED, 7n), new MallaError('unavailable', 'gone')],
      [new MallaError('expired', 'compacted')],
      [event(Type.ADDED, 20n, 'c'), event(Type.SYNCED, 20n)],
    ]);
    await vi.waitFor(() => expect(changes).toHaveLength(2));
    expect(askedFrom).toEqual([0n, 0n, 7n, 0n]);
    expect(changes.map((c) => [c.replace, c.upserts.length])).toEqual([
      [true, 1],
      [true, 1],
    ]);
  });
});
