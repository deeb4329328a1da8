import { typeUrls } from '@malla/protos';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { DeltaClient, resourcesOf, type ResourcesByName, type ResourceSet } from '@malla/xds';
import type { Knowledge } from './gate.ts';

/** Types of which the agent asks for everything that concerns this proxy. */
const wholeTypes: readonly string[] = [typeUrls.cluster, typeUrls.listener];
/** Types of which it asks for what its data plane asks for. */
const namedTypes: readonly string[] = [typeUrls.endpoint, typeUrls.route, typeUrls.secret];

/**
 * What discovery has told this proxy: the client's side of the one stream to discovery, what is known not to exist, and the
 * workload's own secrets, which never come from discovery.
 */
export class MeshConfiguration implements Knowledge {
  readonly #client: DeltaClient;
  /** Whole types that were told, now or in the time that the cache is of. */
  readonly #told = new Set<string>();
  readonly #absent = new Map<string, Set<string>>();
  #local: ResourcesByName = new Map();
  #secrets: ResourcesByName = new Map();
  #resources: ResourceSet = new Map();
  /** What `#resources` was made of. */
  #composedOf: readonly [ResourceSet | undefined, ResourcesByName] = [undefined, this.#local];

  /** @param cached what a data plane had accepted when an agent ran here before */
  constructor(node: Node, cached: ResourceSet | undefined) {
    const namesOf = (typeUrl: string): string[] => [...(cached?.get(typeUrl)?.keys() ?? [])];
    this.#client = new DeltaClient({
      node,
      subscriptions: [
        ...wholeTypes.map((typeUrl) => [typeUrl, ['*']] as const),
        ...namedTypes.map((typeUrl) => [typeUrl, namesOf(typeUrl)] as const),
      ],
      ...(cached === undefined ? {} : { initial: cached }),
    });
    for (const typeUrl of wholeTypes) if (cached?.has(typeUrl)) this.#told.add(typeUrl);
    this.#resources = this.#compose();
  }

  /** Everything that the data plane may have. A new map after each change. */
  get resources(): ResourceSet {
    return this.#resources;
  }

  /** There is a configuration to start a data plane with. */
  get complete(): boolean {
    return wholeTypes.every((typeUrl) => this.#told.has(typeUrl));
  }

  /** Types with a response that discovery has no answer to yet. */
  get unanswered(): readonly string[] {
    return this.#client.held();
  }

  type(typeUrl: string): boolean {
    return this.#told.has(typeUrl);
  }

  name(typeUrl: string, name: string): boolean {
    if (this.#told.has(typeUrl) || resourcesOf(this.#resources, typeUrl).has(name)) return true;
    return this.#absent.get(typeUrl)?.has(name) ?? false;
  }

  /** Replaces the workload's own secrets. */
  setLocalSecrets(secrets: ResourcesByName): void {
    this.#local = secrets;
    this.#resources = this.#compose();
  }

  connect(): readonly DeltaDiscoveryRequest[] {
    return this.#client.connect();
  }

  disconnect(): void {
    this.#client.disconnect();
  }

  /** Takes a response of discovery. Its acknowledgement waits for the data plane. */
  receive(response: DeltaDiscoveryResponse): readonly DeltaDiscoveryRequest[] {
    const { requests } = this.#client.receive(response);
    if (requests.length > 0) return requests;
    const absent = this.#absent.get(response.typeUrl) ?? new Set();
    for (const name of response.removedResources) absent.add(name);
    for (const { name } of response.resources) absent.delete(name);
    this.#absent.set(response.typeUrl, absent);
    if (wholeTypes.includes(response.typeUrl)) this.#told.add(response.typeUrl);
    this.#resources = this.#compose();
    return [];
  }

  /** The names that the data plane wants of the types that go by name. */
  setNames(typeUrl: string, names: ReadonlySet<string>): readonly DeltaDiscoveryRequest[] {
    if (!namedTypes.includes(typeUrl)) return [];
    const requests = this.#client.subscribe(
      typeUrl,
      [...names].filter((name) => !this.#local.has(name)),
    );
    const absent = this.#absent.get(typeUrl);
    for (const name of absent ?? []) if (!names.has(name)) absent?.delete(name);
    this.#resources = this.#compose();
    return requests;
  }

  acknowledge(typeUrl: string): readonly DeltaDiscoveryRequest[] {
    return this.#client.acknowledge(typeUrl);
  }

  /** Passes a refusal on; what was refused, versions by name, is again what it was. */
  refuse(
    typeUrl: string,
    message: string,
    refused?: Readonly<Record<string, string>>,
  ): readonly DeltaDiscoveryRequest[] {
    const { requests } = this.#client.refuse(typeUrl, message, refused);
    this.#resources = this.#compose();
    return requests;
  }

  /** What a data plane accepted, for the cache: types without a response in the balance. Secrets are never kept. */
  accepted(): ResourceSet {
    const unanswered = new Set(this.unanswered);
    const types = [...wholeTypes.filter((typeUrl) => this.#told.has(typeUrl)), typeUrls.endpoint, typeUrls.route];
    return new Map(
      types
        .filter((typeUrl) => !unanswered.has(typeUrl))
        .map((typeUrl) => [typeUrl, resourcesOf(this.#client.resources, typeUrl)]),
    );
  }

  /** Equal inputs give the same map, so that streams see at a glance that nothing changed. */
  #compose(): ResourceSet {
    const told = this.#client.resources;
    const [lastTold, lastLocal] = this.#composedOf;
    if (told === lastTold && this.#local === lastLocal) return this.#resources;
    const remote = resourcesOf(told, typeUrls.secret);
    if (this.#local !== lastLocal || remote !== (lastTold && resourcesOf(lastTold, typeUrls.secret))) {
      this.#secrets = new Map([...remote, ...this.#local]);
    }
    this.#composedOf = [told, this.#local];
    return new Map([...told, [typeUrls.secret, this.#secrets]]);
  }
}

/** Types that {@link MeshConfiguration.setNames} takes. */
export const typesByName: readonly string[] = namedTypes;
