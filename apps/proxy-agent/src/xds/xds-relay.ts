import { logFields } from '@malla/observability';
import type {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import type { Nack, ResourcesByName, ResourceSet } from '@malla/xds';
import type { Logger } from 'pino';
import type { DataPlaneStream } from './data-plane-stream.ts';
import { typesByName, type MeshConfiguration } from './mesh-configuration.ts';

/** Where requests to discovery go while a stream is open. */
export type Upstream = (request: DeltaDiscoveryRequest) => void;

export interface XdsRelayParams {
  readonly configuration: MeshConfiguration;
  /**
   * The data plane asks only for what its application uses (gRPC libraries), so a type that nobody asks for needs no verdict.
   * Otherwise (Envoy) it asks for every type in time, and until then there is no verdict. Default false.
   */
  readonly asksByNeed?: boolean;
  readonly logger: Logger;
  /** Called after the data plane accepted something, with what it has accepted so far. */
  readonly onAccepted: (accepted: ResourceSet) => void;
  /** Called when the data plane refused something of a type, and with undefined once it has accepted what came in its place. */
  readonly onVerdict?: (typeUrl: string, refusal: Nack | undefined) => void;
  /** Called when there is a whole configuration for the first time. */
  readonly onComplete: () => void;
  /**
   * How long names that a closed stream wanted stay subscribed, in milliseconds; default 60 s. A data plane that comes back asks
   * for the same, and should find it here.
   */
  readonly lingerMs?: number;
}

/**
 * Passes configuration from discovery to the data plane, and the data plane's verdict back. Discovery hears ACK only when each open
 * stream that asked for the type has accepted all of it, and NACK in the data plane's words when one refused. With no data plane
 * connected there is no verdict, so responses stay unanswered: discovery then knows what was sent and that nobody uses it yet.
 */
export class XdsRelay {
  readonly #params: XdsRelayParams;
  readonly #streams = new Set<DataPlaneStream>();
  /** Revision of each stream's names that discovery was asked for. */
  readonly #revisions = new WeakMap<DataPlaneStream, number>();
  /** Names of closed streams by type. */
  readonly #lingering = new Map<string, Set<string>>();
  /** Refusals that were passed on. */
  readonly #reported = new WeakSet<object>();
  /** Names of each type that the data plane refused, until discovery tells of them anew. */
  readonly #refused = new Map<string, Set<string>>();
  #upstream: Upstream | undefined;
  #published: ResourceSet;
  #complete: boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(params: XdsRelayParams) {
    this.#params = params;
    this.#published = params.configuration.resources;
    this.#complete = params.configuration.complete;
    for (const typeUrl of typesByName) {
      this.#lingering.set(typeUrl, new Set(params.configuration.resources.get(typeUrl)?.keys()));
    }
  }

  /** A stream to discovery is open. */
  connected(upstream: Upstream): void {
    this.#upstream = upstream;
    this.#send(this.#params.configuration.connect());
  }

  disconnected(): void {
    this.#upstream = undefined;
    this.#params.configuration.disconnect();
  }

  /** Takes a response of discovery. */
  receive(response: DeltaDiscoveryResponse): void {
    for (const name of [...response.resources.map((each) => each.name), ...response.removedResources])
      this.#refused.get(response.typeUrl)?.delete(name);
    this.#send(this.#params.configuration.receive(response));
    this.#publish();
    this.#settle();
    if (this.#complete || !this.#params.configuration.complete) return;
    this.#complete = true;
    this.#params.onComplete();
  }

  /** The workload's own certificate or the roots changed. */
  setLocalSecrets(secrets: ResourcesByName): void {
    this.#params.configuration.setLocalSecrets(secrets);
    this.#publish();
  }

  /** A data plane opened a stream. */
  open(stream: DataPlaneStream): void {
    this.#streams.add(stream);
    stream.update(this.#published);
    this.#letGoLater();
  }

  /** A stream took a request: its subscriptions or its verdict may have changed. */
  progressed(stream: DataPlaneStream): void {
    if (this.#revisions.get(stream) !== stream.namesRevision) {
      this.#revisions.set(stream, stream.namesRevision);
      this.#subscribe();
    }
    this.#settle();
  }

  close(stream: DataPlaneStream): void {
    this.#streams.delete(stream);
    for (const [typeUrl, names] of this.#lingering) for (const name of stream.names(typeUrl)) names.add(name);
    this.#letGoLater();
    this.#settle();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** For the debug page. No contents. */
  describe(): Record<string, unknown> {
    return {
      discovery: this.#upstream === undefined ? 'disconnected' : 'connected',
      unanswered: this.#params.configuration.unanswered,
      resources: Object.fromEntries([...this.#published].map(([typeUrl, byName]) => [typeUrl, versions(byName)])),
      streams: [...this.#streams].map((stream) => stream.describe()),
    };
  }

  #publish(): void {
    const { resources } = this.#params.configuration;
    this.#published = resources;
    for (const stream of this.#streams) stream.update(resources);
  }

  #subscribe(): void {
    for (const typeUrl of typesByName) {
      const names = new Set(this.#lingering.get(typeUrl));
      for (const stream of this.#streams) for (const name of stream.names(typeUrl)) names.add(name);
      this.#send(this.#params.configuration.setNames(typeUrl, names));
    }
    if (this.#params.configuration.resources !== this.#published) this.#publish();
  }

  /** Answers discovery as far as the data plane has answered. */
  #settle(): void {
    for (const typeUrl of this.#params.configuration.unanswered) this.#settleType(typeUrl);
  }

  #settleType(typeUrl: string): void {
    const verdicts = [...this.#streams].map((stream) => stream.verdict(typeUrl)).filter(({ kind }) => kind !== 'none');
    if (verdicts.length === 0 && !(this.#params.asksByNeed === true && this.#streams.size > 0)) return;
    for (const verdict of verdicts) {
      if (verdict.kind !== 'refused' || this.#reported.has(verdict.nack)) continue;
      this.#reported.add(verdict.nack);
      const { message, resources } = verdict.nack;
      this.#params.logger.warn(
        { [logFields.typeUrl]: typeUrl, resources, [logFields.reason]: message },
        'Data plane refused configuration',
      );
      this.#refused.set(typeUrl, new Set([...(this.#refused.get(typeUrl) ?? []), ...resources]));
      this.#params.onVerdict?.(typeUrl, verdict.nack);
      this.#send(this.#params.configuration.refuse(typeUrl, message, verdict.nack.versions));
      this.#publish();
      // The publication changed the verdicts.
      return this.#settleType(typeUrl);
    }
    if (!verdicts.every((each) => each.kind === 'accepted' || (each.kind === 'refused' && !each.outstanding))) return;
    this.#send(this.#params.configuration.acknowledge(typeUrl));
    if (this.#refused.get(typeUrl)?.size === 0 && this.#refused.delete(typeUrl))
      this.#params.onVerdict?.(typeUrl, undefined);
    this.#params.onAccepted(this.#params.configuration.accepted());
  }

  /** Drops names that only closed streams wanted, once there is a data plane that has had time to ask for them. */
  #letGoLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#streams.size === 0) return;
      for (const names of this.#lingering.values()) names.clear();
      this.#subscribe();
    }, this.#params.lingerMs ?? 60_000);
    this.#timer.unref();
  }

  #send(requests: readonly DeltaDiscoveryRequest[]): void {
    for (const request of requests) this.#upstream?.(request);
  }
}

function versions(byName: ResourcesByName): Record<string, string> {
  return Object.fromEntries([...byName].map(([name, { version }]) => [name, version]));
}
