import type { EncodedResource } from '@malla/protos';
import { blame } from './blame.ts';
import { deltaFrameSize, frameDeltaResponse } from './frame.ts';
import { FormerResources } from './former-resources.ts';
import { noPush, type OrderedType, type Push, type PushParams } from './make-before-break.ts';
import { setVersionOf, setVersionOfAll, SetVersion } from './set-version.ts';
import type { ResourcesByName } from './resource-set.ts';
import { XdsLimitError, type Nack, type TypeDelivery, type XdsResponse } from './session.ts';
import { DeltaSubscription, type SubscriptionChange } from './delta-subscription.ts';

/** What a type of a delta stream is given. */
export interface DeltaTypeParams {
  readonly typeUrl: string;
  readonly nonce: () => string;
  readonly now: () => number;
  readonly maxResponseBytes: number;
  readonly maxSubscriptions: number;
  readonly onStaleNonce?: ((typeUrl: string) => void) | undefined;
}

/** One resource in an unanswered response. */
interface SentItem {
  readonly name: string;
  /** Undefined: told to forget it. */
  readonly version: string | undefined;
  /** What the client has if it refuses. */
  previous: string | undefined;
  /** Or it may have something else, from an earlier response that it refused. */
  doubtful: boolean;
}

/**
 * One type of one delta stream: what the client subscribes to, what it has, and what is on the way.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#incremental-xds
 */
export class DeltaType implements OrderedType {
  readonly #params: DeltaTypeParams;
  readonly #subscription: DeltaSubscription;
  #target: ResourcesByName | undefined;
  readonly #former: FormerResources;
  /** Versions that the client has or is being sent, by name. */
  readonly #client = new Map<string, string>();
  readonly #sent = new SetVersion();
  readonly #acked = new SetVersion();
  /** Unanswered responses by nonce, oldest first. */
  readonly #batches = new Map<string, readonly SentItem[]>();
  /** Versions that the client refused; they are not sent again. */
  readonly #refused = new Map<string, string>();
  /** Names in refused responses that were not to blame: the client may have taken them all the same, as Envoy does. */
  readonly #doubtful = new Set<string>();
  #nack: Nack | undefined;
  /** Names to answer as soon as there is something to answer with. */
  #due = new Set<string>();
  #dueAll = false;
  #returning = false;
  /** Something was held back at the last push. */
  #holding = false;
  #changesUnknown = true;
  #removalsUnknown = true;
  #wantedVersion: string | undefined;

  constructor(params: DeltaTypeParams) {
    this.#params = params;
    this.#subscription = new DeltaSubscription(params.typeUrl);
    this.#former = new FormerResources(params.typeUrl);
  }

  /** The client has asked for this type. */
  get started(): boolean {
    return this.#subscription.started;
  }

  get returning(): boolean {
    return this.#returning;
  }

  get outstanding(): boolean {
    return this.#batches.size > 0;
  }

  get behind(): boolean {
    return this.#refused.size > 0 || this.#holding;
  }

  get missing(): readonly string[] {
    return [...this.#refused.keys()].filter((name) => !this.#client.has(name));
  }

  get target(): ResourcesByName | undefined {
    return this.#target;
  }

  /** Takes what all clients in this scope should have. */
  setTarget(target: ResourcesByName): void {
    if (target === this.#target) return;
    if (this.#target) this.#former.replace(this.#target, target);
    this.#target = target;
    this.#touch();
    for (const [name, version] of this.#refused) {
      if (target.get(name)?.version !== version) this.#refused.delete(name);
    }
    if (this.#refused.size === 0) this.#nack = undefined;
  }

  /** Takes the subscription part of a request. */
  subscribe(change: SubscriptionChange): void {
    const { added, removed, everything, named, claimed } = this.#subscription.apply(change);
    if (this.#subscription.size > this.#params.maxSubscriptions) {
      throw new XdsLimitError(`more than ${this.#params.maxSubscriptions} names of ${this.#params.typeUrl}`);
    }
    for (const name of removed) this.#forget(name);
    if (named) for (const name of this.#client.keys()) if (!named.has(name)) this.#forget(name);
    for (const [name, version] of claimed) this.#claim(name, version);
    if (claimed.size > 0) this.#returning = true;
    for (const name of added) {
      if (claimed.has(name)) continue;
      this.#forget(name);
      this.#due.add(name);
    }
    if (everything && claimed.size === 0) this.#dueAll = true;
    if (added.size + removed.size + claimed.size > 0 || everything || named) this.#touch();
  }

  /** Takes an ACK or, with a message, a NACK. A nonce that is not outstanding is stale: ignored. */
  settle(nonce: string, refusal: string | undefined): void {
    const batch = this.#batches.get(nonce);
    if (!batch) {
      this.#params.onStaleNonce?.(this.#params.typeUrl);
      return;
    }
    this.#batches.delete(nonce);
    if (refusal === undefined) this.#accept(batch);
    else this.#refuse(batch, refusal);
  }

  pushDue(): readonly XdsResponse[] {
    if (!this.#target || (this.#due.size === 0 && !this.#dueAll)) return [];
    const names = this.#dueAll ? [...new Set([...this.#target.keys(), ...this.#due])] : [...this.#due];
    const resources: EncodedResource[] = [];
    const absent: string[] = [];
    for (const name of names) {
      const resource = this.#target.get(name) ?? this.#former.get(name);
      if (resource) resources.push(resource);
      else absent.push(name);
    }
    this.#due = new Set();
    this.#dueAll = false;
    // An empty answer too: the client waits for one.
    return this.#send(resources, absent, true);
  }

  pushChanges({ force, removals, hold }: PushParams): Push {
    if (!this.#target || this.outstanding || (!this.#changesUnknown && force.size === 0)) return noPush;
    const resources: EncodedResource[] = [];
    this.#holding = false;
    for (const resource of this.#subscription.select(this.#target)) {
      const has = this.#mayHave(resource.name);
      if (!this.#needs(resource) && !(has && force.has(resource.name))) continue;
      if (has && hold(resource)) this.#holding = true;
      else resources.push(resource);
    }
    const absent: string[] = [];
    for (const name of force) {
      if (this.#target.has(name) || !this.#subscription.wants(name)) continue;
      const former = this.#former.get(name);
      if (former) resources.push(former);
      else absent.push(name);
    }
    this.#changesUnknown = this.#holding;
    const replaced = resources.map((r) => r.name).filter((name) => this.#mayHave(name));
    return { responses: this.#send(resources, removals ? this.#gone() : absent, false), replaced };
  }

  pushRemovals(): readonly XdsResponse[] {
    if (!this.#target || this.outstanding) return [];
    this.#former.clear();
    return this.#send([], this.#gone(), false);
  }

  delivery(): TypeDelivery {
    const wantedVersion = this.#wanted();
    const ackedVersion = this.#acked.toString();
    const nack = ackedVersion === wantedVersion ? undefined : this.#nack;
    return { wantedVersion, sentVersion: this.#sent.toString(), ackedVersion, ...(nack && { nack }) };
  }

  #needs({ name, version }: EncodedResource): boolean {
    if (this.#refused.get(name) === version) return false;
    return this.#client.get(name) !== version || this.#doubtful.has(name);
  }

  #mayHave(name: string): boolean {
    return this.#client.has(name) || this.#doubtful.has(name);
  }

  /** Names that the client has and should not. */
  #gone(): string[] {
    if (!this.#removalsUnknown || !this.#target) return [];
    this.#removalsUnknown = false;
    const target = this.#target;
    return [...new Set([...this.#client.keys(), ...this.#doubtful])].filter((name) => !target.has(name));
  }

  #send(resources: readonly EncodedResource[], removed: readonly string[], evenEmpty: boolean): XdsResponse[] {
    if (resources.length + removed.length === 0 && !evenEmpty) return [];
    const parts = split(resources, this.#params.maxResponseBytes);
    return parts.map((part, index) => this.#respond(part, index === 0 ? removed : []));
  }

  #respond(resources: readonly EncodedResource[], removed: readonly string[]): XdsResponse {
    const nonce = this.#params.nonce();
    const items = [
      ...removed.map((name) => this.#record(name, undefined)),
      ...resources.map((resource) => this.#record(resource.name, resource.version)),
    ];
    this.#batches.set(nonce, items);
    const { typeUrl } = this.#params;
    const bytes = frameDeltaResponse({ typeUrl, nonce, systemVersion: this.#sent.toString(), resources, removed });
    return { typeUrl, nonce, bytes, sent: resources.map((r) => r.name), removed };
  }

  #record(name: string, version: string | undefined): SentItem {
    const previous = this.#client.get(name);
    this.#setClient(name, version);
    this.#refused.delete(name);
    return { name, version, previous, doubtful: this.#doubtful.delete(name) };
  }

  #setClient(name: string, version: string | undefined): void {
    this.#sent.toggle(this.#client.get(name));
    this.#sent.toggle(version);
    if (version === undefined) this.#client.delete(name);
    else this.#client.set(name, version);
  }

  #accept(batch: readonly SentItem[]): void {
    for (const item of batch) {
      this.#acked.toggle(item.previous);
      this.#acked.toggle(item.version);
    }
    if (this.#refused.size === 0) this.#nack = undefined;
  }

  #refuse(batch: readonly SentItem[], message: string): void {
    const sent = batch.filter((item) => item.version !== undefined);
    const blamed = new Set(
      blame(
        message,
        sent.map((item) => item.name),
      ),
    );
    for (const item of batch) {
      // A client that refuses to forget is not asked again: that would loop.
      if (item.version === undefined) this.#acked.toggle(item.previous);
      else this.#takeBack(item, blamed.has(item.name));
    }
    const versions = sent.flatMap(({ name, version }) =>
      blamed.has(name) && version !== undefined ? [[name, version]] : [],
    );
    const resources = [...blamed];
    this.#nack = { message, at: this.#params.now(), resources, versions: Object.fromEntries(versions) };
    this.#changesUnknown = true;
    this.#removalsUnknown = true;
  }

  #takeBack({ name, version, previous, doubtful }: SentItem, blamed: boolean): void {
    const inDoubt = doubtful || !blamed;
    const [later] = this.#outstandingItems(name);
    if (later) {
      later.previous = previous;
      later.doubtful ||= inDoubt;
    } else {
      this.#setClient(name, previous);
      if (inDoubt) this.#doubtful.add(name);
    }
    const stillWanted = this.#target?.get(name)?.version === version;
    if (blamed && version !== undefined && stillWanted) this.#refused.set(name, version);
  }

  /** The client says that it has this from an earlier stream. */
  #claim(name: string, version: string): void {
    this.#setClient(name, version);
    this.#acked.toggle(version);
  }

  /** The client has dropped it, or may have. */
  #forget(name: string): void {
    this.#refused.delete(name);
    this.#doubtful.delete(name);
    this.#due.delete(name);
    if (!this.#client.has(name)) return;
    const [first] = this.#outstandingItems(name);
    this.#acked.toggle(first ? first.previous : this.#client.get(name));
    if (first) {
      for (const [nonce, batch] of this.#batches) {
        const rest = batch.filter((item) => item.name !== name);
        this.#batches.set(nonce, rest);
      }
    }
    this.#setClient(name, undefined);
  }

  /** What is on the way about a name, oldest first. */
  #outstandingItems(name: string): SentItem[] {
    return [...this.#batches.values()].flatMap((batch) => batch.filter((item) => item.name === name));
  }

  #touch(): void {
    this.#changesUnknown = true;
    this.#removalsUnknown = true;
    this.#wantedVersion = undefined;
  }

  #wanted(): string {
    if (this.#wantedVersion !== undefined || !this.#target) return this.#wantedVersion ?? '';
    this.#wantedVersion = this.#subscription.wildcard
      ? setVersionOf(this.#target)
      : setVersionOfAll(this.#subscription.select(this.#target));
    return this.#wantedVersion;
  }
}

/** Parts below a byte bound, at least one, none empty unless there is nothing; a larger resource goes alone. */
function split(resources: readonly EncodedResource[], maxBytes: number): (readonly EncodedResource[])[] {
  const parts: EncodedResource[][] = [];
  let room = 0;
  for (const resource of resources) {
    const size = deltaFrameSize(resource);
    if (parts.length === 0 || size > room) {
      parts.push([]);
      room = maxBytes;
    }
    parts[parts.length - 1]?.push(resource);
    room -= size;
  }
  return parts.length > 0 ? parts : [[]];
}
