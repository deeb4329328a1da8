import { create } from '@bufbuild/protobuf';
import { channelCredentials } from '@malla/grpc';
import { createLogger } from '@malla/observability';
import {
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryRequest,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { typeUrls } from '@malla/protos';
import { controlPlaneId } from '@malla/spiffe';
import { FakeAuthority, FakeDiscovery, freePort, waitFor } from '@malla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UpstreamLink } from './upstream-link.ts';

let authority: FakeAuthority;
let discovery: FakeDiscovery;
let link: UpstreamLink | undefined;

beforeEach(async () => {
  authority = await FakeAuthority.create();
  discovery = new FakeDiscovery(authority);
  await discovery.start();
});
afterEach(async () => {
  await link?.stop();
  await discovery.stop();
});

/** A link whose user asks for clusters on each stream, and notes what it sees. */
async function start(ports: readonly number[], random: number) {
  const seen: string[] = [];
  const states: (string | undefined)[] = [];
  const identity = await authority.identityOf('policy-telemetry');
  link = new UpstreamLink({
    addresses: ports.map((port) => ({ host: '127.0.0.1', port })),
    credentials: () => channelCredentials(identity, [controlPlaneId('discovery', 'cluster.local')]),
    user: {
      connected: (send: (request: DeltaDiscoveryRequest) => void) =>
        send(create(DeltaDiscoveryRequestSchema, { typeUrl: typeUrls.cluster })),
      receive: () => seen.push('response'),
      disconnected: () => seen.push('disconnected'),
    },
    logger: createLogger({ service: 'test', level: 'silent' }),
    random: () => random,
    onState: (problem) => states.push(problem),
    onBroken: () => undefined,
  });
  link.start();
  return { seen, states };
}

describe('UpstreamLink', () => {
  it('turns to the next replica when one is away', async () => {
    const { seen, states } = await start([await freePort(), discovery.port], 0);
    await waitFor(() => seen.includes('response'), { what: 'a response' });
    expect(seen).toEqual(['disconnected', 'response']);
    expect(states[0]).toContain('ECONNREFUSED');
    expect(states.at(-1)).toBeUndefined();
  });

  it('comes back when its only replica does', async () => {
    const { seen } = await start([discovery.port], 0);
    await waitFor(() => seen.includes('response'), { what: 'a response' });
    await discovery.stop();
    await waitFor(() => seen.includes('disconnected'), { what: 'the end of the stream' });
    const before = seen.length;
    await discovery.start();
    await waitFor(() => seen.slice(before).includes('response'), { what: 'a response again' });
  });

  it('refuses a server that is not discovery', async () => {
    const identity = await authority.identityOf('policy-telemetry');
    const { states } = await start([discovery.port], 0);
    await link?.stop();
    link = new UpstreamLink({
      addresses: [{ host: '127.0.0.1', port: discovery.port }],
      credentials: () => channelCredentials(identity, [controlPlaneId('config-api', 'cluster.local')]),
      user: { connected: () => undefined, receive: () => undefined, disconnected: () => undefined },
      logger: createLogger({ service: 'test', level: 'silent' }),
      random: () => 0,
      onState: (problem) => states.push(problem),
      onBroken: () => undefined,
    });
    link.start();
    await waitFor(() => states.some((problem) => problem?.includes('not spiffe://')), {
      what: 'the refusal',
    });
  });
});
