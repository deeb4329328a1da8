import { create, fromBinary } from '@bufbuild/protobuf';
import { createLogger } from '@malla/observability';
import { encodeResource, typeUrls, type EncodedResource } from '@malla/protos';
import { ClusterLoadAssignmentSchema } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { NodeSchema } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  type DeltaDiscoveryRequest,
  type DeltaDiscoveryResponse,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { DeltaSession, type ResourceSet } from '@malla/xds';
import { describe, expect, it } from 'vitest';
import { deltaStream } from './data-plane-stream.ts';
import { MeshConfiguration } from './mesh-configuration.ts';
import { XdsRelay } from './xds-relay.ts';

const { cluster: clusters, endpoint: endpoints } = typeUrls;

function cluster(name: string, altStatName = ''): EncodedResource {
  return encodeResource(ClusterSchema, name, create(ClusterSchema, { name, altStatName }));
}

function endpoint(clusterName: string): EncodedResource {
  return encodeResource(ClusterLoadAssignmentSchema, clusterName, create(ClusterLoadAssignmentSchema, { clusterName }));
}

function setOf(...resources: EncodedResource[]): ResourceSet {
  const set = new Map<string, Map<string, EncodedResource>>();
  for (const each of resources) set.set(each.typeUrl, (set.get(each.typeUrl) ?? new Map()).set(each.name, each));
  return set;
}

/** Discovery and a data plane around a relay, all in one process and without a wire. */
class Bench {
  readonly accepted: ResourceSet[] = [];
  readonly verdicts: (string | undefined)[] = [];
  readonly configuration: MeshConfiguration;
  readonly relay: XdsRelay;
  session = this.#newSession();
  #wanted: ResourceSet = new Map();

  constructor(cached?: ResourceSet, asksByNeed = false) {
    this.configuration = new MeshConfiguration(create(NodeSchema), cached);
    this.relay = new XdsRelay({
      configuration: this.configuration,
      asksByNeed,
      logger: createLogger({ service: 'test', level: 'silent' }),
      onAccepted: (accepted) => this.accepted.push(accepted),
      onVerdict: (_typeUrl, refusal) => this.verdicts.push(refusal?.message),
      onComplete: () => undefined,
    });
  }

  connect(): void {
    this.session = this.#newSession();
    this.#deliver(this.session.update(this.#wanted));
    this.relay.connected((request) => this.#deliver(this.session.receive(request)));
  }

  /** Changes what discovery wants. @returns names sent */
  want(...resources: EncodedResource[]): string[] {
    this.#wanted = setOf(...resources);
    return this.#deliver(this.session.update(this.#wanted));
  }

  delivery(typeUrl: string) {
    return this.session.delivery().get(typeUrl);
  }

  inStep(typeUrl: string): boolean {
    const delivery = this.delivery(typeUrl);
    return delivery !== undefined && delivery.ackedVersion === delivery.wantedVersion;
  }

  /** Opens a data plane's stream. */
  dataPlane(): DataPlane {
    return new DataPlane(this.relay, this.configuration);
  }

  #newSession(): DeltaSession {
    let nonce = 0;
    return new DeltaSession({ nonce: () => `d${++nonce}`, now: () => 0 });
  }

  #deliver(responses: ReturnType<DeltaSession['update']>): string[] {
    for (const { bytes } of responses) this.relay.receive(fromBinary(DeltaDiscoveryResponseSchema, bytes));
    return responses.flatMap(({ sent }) => [...sent]);
  }
}

/** A data plane that answers when it is told to. */
class DataPlane {
  readonly inbox: DeltaDiscoveryResponse[] = [];
  readonly #stream;
  readonly #relay: XdsRelay;

  constructor(relay: XdsRelay, known: MeshConfiguration) {
    this.#relay = relay;
    this.#stream = deltaStream({
      known,
      write: (bytes) => this.inbox.push(fromBinary(DeltaDiscoveryResponseSchema, bytes)),
    });
    relay.open(this.#stream);
  }

  send(request: Partial<DeltaDiscoveryRequest>): void {
    this.#stream.receive({ ...create(DeltaDiscoveryRequestSchema), ...request });
    this.#relay.progressed(this.#stream);
  }

  /** Answers all that came: ACK, or NACK with a message. @returns names that came */
  answer(refusal?: string): string[] {
    const names: string[] = [];
    for (const { typeUrl, nonce, resources } of this.inbox.splice(0)) {
      names.push(...resources.map(({ name }) => name));
      const error = refusal === undefined ? {} : { errorDetail: { message: refusal } };
      this.send(create(DeltaDiscoveryRequestSchema, { typeUrl, responseNonce: nonce, ...error }));
    }
    return names;
  }

  close(): void {
    this.#relay.close(this.#stream);
  }
}

describe('XdsRelay', () => {
  it('acknowledges to discovery only what the data plane has acknowledged', () => {
    const bench = new Bench();
    bench.want(cluster('a'));
    bench.connect();
    expect(bench.inStep(clusters)).toBe(false);
    const envoy = bench.dataPlane();
    envoy.send({ typeUrl: clusters });
    expect(bench.inStep(clusters)).toBe(false);
    expect(envoy.answer()).toEqual(['a']);
    expect(bench.inStep(clusters)).toBe(true);
    expect([...(bench.accepted.at(-1)?.get(clusters)?.keys() ?? [])]).toEqual(['a']);
    expect(bench.configuration.complete).toBe(true);
  });

  it('passes a refusal on in its words, and goes back to what was accepted', () => {
    const bench = new Bench();
    bench.want(cluster('a', 'one'));
    bench.connect();
    const envoy = bench.dataPlane();
    envoy.send({ typeUrl: clusters });
    envoy.answer();
    bench.want(cluster('a', 'two'));
    envoy.answer('Error adding/updating cluster(s) a: no good');
    expect(bench.delivery(clusters)?.nack?.message).toContain('no good');
    expect(bench.verdicts).toEqual([expect.stringContaining('no good')]);
    expect(bench.configuration.resources.get(clusters)?.get('a')?.version).toBe(cluster('a', 'one').version);
    envoy.close();
    const restarted = bench.dataPlane();
    restarted.send({ typeUrl: clusters });
    expect(restarted.inbox[0]?.resources[0]?.version).toBe(cluster('a', 'one').version);
    bench.want(cluster('a', 'three'));
    restarted.answer();
    restarted.answer();
    expect(bench.inStep(clusters)).toBe(true);
    expect(bench.delivery(clusters)?.nack).toBeUndefined();
    expect(bench.verdicts).toEqual([expect.any(String), undefined]);
  });

  it('asks discovery for the names that the data plane asks for, and says nothing of them before discovery has', () => {
    const bench = new Bench();
    bench.want(cluster('a'), endpoint('a'), endpoint('b'));
    const envoy = bench.dataPlane();
    envoy.send({ typeUrl: endpoints, resourceNamesSubscribe: ['a', 'gone'] });
    expect(envoy.inbox).toEqual([]);
    bench.connect();
    const told = envoy.inbox.map(({ resources, removedResources }) => [
      ...resources.map(({ name }) => name),
      ...removedResources,
    ]);
    expect(told.flat().sort()).toEqual(['a', 'gone']);
    expect(bench.configuration.resources.get(endpoints)?.has('b')).toBe(false);
  });

  it('waits for the slower of two data planes', () => {
    const bench = new Bench();
    bench.want(cluster('a'));
    bench.connect();
    const [first, second] = [bench.dataPlane(), bench.dataPlane()];
    for (const each of [first, second]) each.send({ typeUrl: clusters });
    first.answer();
    expect(bench.inStep(clusters)).toBe(false);
    second.answer();
    expect(bench.inStep(clusters)).toBe(true);
  });

  it('has nothing sent again after a break, but what had no verdict', () => {
    const bench = new Bench();
    bench.want(cluster('a'));
    bench.connect();
    const envoy = bench.dataPlane();
    envoy.send({ typeUrl: clusters });
    envoy.answer();
    bench.relay.disconnected();
    bench.connect();
    expect(envoy.inbox).toEqual([]);
    expect(bench.inStep(clusters)).toBe(true);
    bench.want(cluster('a'), cluster('b'));
    bench.relay.disconnected();
    bench.connect();
    expect(bench.inStep(clusters)).toBe(false);
    expect(envoy.answer()).toEqual(['b']);
    expect(bench.inStep(clusters)).toBe(true);
  });

  it('serves what was cached while discovery is away, and claims it when discovery is back', () => {
    const bench = new Bench(setOf(cluster('a'), endpoint('a')));
    const envoy = bench.dataPlane();
    envoy.send({ typeUrl: clusters });
    envoy.send({ typeUrl: endpoints, resourceNamesSubscribe: ['a'] });
    expect(envoy.answer()).toEqual(['a', 'a']);
    bench.want(cluster('a'), endpoint('a'));
    bench.connect();
    expect(envoy.inbox).toEqual([]);
    expect(bench.inStep(clusters) && bench.inStep(endpoints)).toBe(true);
  });

  it('keeps keys out of what is cached', () => {
    const bench = new Bench();
    bench.relay.setLocalSecrets(new Map([['default', { ...cluster('default'), typeUrl: typeUrls.secret }]]));
    bench.want(cluster('a'));
    bench.connect();
    const envoy = bench.dataPlane();
    envoy.send({ typeUrl: typeUrls.secret, resourceNamesSubscribe: ['default'] });
    envoy.send({ typeUrl: clusters });
    expect(envoy.answer()).toEqual(['default', 'a']);
    expect(bench.accepted.at(-1)?.has(typeUrls.secret)).toBe(false);
    expect(JSON.stringify(bench.relay.describe())).not.toContain('"value"');
  });

  it('waits for no verdict on types that a client never asks for, if the data plane asks by need', () => {
    for (const [asksByNeed, told] of [
      [true, true],
      [false, false],
    ]) {
      const bench = new Bench(undefined, asksByNeed);
      bench.want(cluster('a'));
      bench.connect();
      expect(bench.inStep(clusters)).toBe(false);
      const library = bench.dataPlane();
      library.send({ typeUrl: typeUrls.listener, resourceNamesSubscribe: ['b'] });
      expect(bench.inStep(clusters)).toBe(told);
      expect(library.inbox.length).toBe(told ? 1 : 0);
    }
  });
});
