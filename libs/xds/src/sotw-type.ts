import { typeUrls, type EncodedResource } from '@malla/protos';
import { blame } from './blame.ts';
import { frameSotwResponse } from './frame.ts';
import { FormerResources } from './former-resources.ts';
import { noPush, type OrderedType, type Push, type PushParams } from './make-before-break.ts';
import type { ResourcesByName } from './resource-set.ts';
import { XdsLimitError, type Nack, type TypeDelivery, type XdsResponse } from './session.ts';
import { setVersionOf } from './set-version.ts';

/** What a type of a state-of-the-world stream is given. */
export interface SotwTypeParams {
  readonly typeUrl: string;
  readonly onStaleNonce?: ((typeUrl: string) => void) | undefined;
  readonly nonce: () => string;
  readonly now: () => number;
  readonly maxSubscriptions: number;
}

/** Types whose responses carry everything: what is missing is gone. The others may carry a part. */
const wholeTypes: ReadonlySet<string> = new Set([typeUrls.cluster, typeUrls.listener]);

/** A response that the client has not yet answered. */
interface Sent {
  /** What is new in it. */
  readonly changed: readonly EncodedResource[];
  /** What the client has when it accepts it. */
  readonly after: ResourcesByName;
}

/**
 * One type of one state-of-the-world stream.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#basic-protocol-overview
 */
export class SotwType implements OrderedType {
  readonly #params: SotwTypeParams;
  readonly #whole: boolean;
  #names: ReadonlySet<string> = new Set();
  #wildcard = false;
  #started = false;
  /** version_info of the first request: what the client has from an earlier stream. */
  #claimedVersion = '';
  /** It has something else than the target, and nobody knows what. */
  #claimedOther = false;
  /** An answer is due, even an empty one. */
  #due = false;
  #dueNames = new Set<string>();
  #target: ResourcesByName | undefined;
  readonly #former: FormerResources;
  /** What the client has accepted. */
  #accepted: ResourcesByName = new Map();
  #ackedVersion = '';
  /** What it has when it accepts what is on the way. */
  #client: ResourcesByName = new Map();
  #sentVersion = '';
  #lastNonce = '';
  /** Unanswered responses by nonce, oldest first. */
  readonly #sent = new Map<string, Sent>();
  #returning = false;
  /** Something was held back at the last push. */
  #holding = false;
  readonly #refused = new Map<string, string>();
  /** Versions of whole responses that were refused; none is sent twice. */
  readonly #refusedSets = new Set<string>();
  /** Names in refused responses that were not to blame: the client may have taken them all the same, as Envoy does. */
  readonly #doubtful = new Set<string>();
  #nack: Nack | undefined;

  constructor(params: SotwTypeParams) {
    this.#params = params;
    this.#whole = wholeTypes.has(params.typeUrl);
    this.#former = new FormerResources(params.typeUrl);
    if (this.#whole) return;
    // A client that asks for names of which none exists is in step with nothing.
    this.#sentVersion = setVersionOf(this.#client);
    this.#ackedVersion = this.#sentVersion;
  }

  /** The client has asked for this type. */
  get started(): boolean {
    return this.#started;
  }

  get returning(): boolean {
    return this.#returning;
  }

  get outstanding(): boolean {
    return this.#sent.size > 0;
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

  setTarget(target: ResourcesByName): void {
    if (target === this.#target) return;
    if (this.#target) this.#former.replace(this.#target, target);
    this.#target = target;
    for (const [name, version] of this.#refused) {
      if (target.get(name)?.version !== version) this.#refused.delete(name);
    }
    this.#refusedSets.clear();
    if (this.#refused.size === 0) this.#nack = undefined;
  }

  /** Takes the whole of a request: names, and what it answers. The names of stale requests are ignored. */
  receive(request: { names: readonly string[]; version: string; nonce: string; refusal: string | undefined }): void {
    if (request.names.length > this.#params.maxSubscriptions) {
      throw new XdsLimitError(`more than ${this.#params.maxSubscriptions} names of ${this.#params.typeUrl}`);
    }
    if (!this.#started) {
      this.#start(request.names, request.version);
      return;
    }
    if (this.#sent.has(request.nonce)) this.#settle(request.nonce, request.refusal);
    if (request.nonce !== '' && request.nonce !== this.#lastNonce) {
      this.#params.onStaleNonce?.(this.#params.typeUrl);
      return;
    }
    this.#subscribe(request.names);
  }

  pushDue(): readonly XdsResponse[] {
    if (!this.#target || (!this.#due && this.#dueNames.size === 0)) return [];
    const names = this.#dueNames;
    const all = this.#due;
    this.#due = false;
    this.#dueNames = new Set();
    const composed = this.#compose(true);
    if (this.#whole) return [this.#respond([...composed.values()])];
    const wanted = [...(all ? this.#names : names)].flatMap((name) => {
      const resource = composed.get(name) ?? this.#former.get(name);
      return resource ? [resource] : [];
    });
    // Nothing to say about names that do not exist: a partial response can't say so.
    return wanted.length > 0 ? [this.#respond(wanted)] : [];
  }

  pushChanges({ force, removals, hold }: PushParams): Push {
    if (!this.#target || this.outstanding || !this.#started || this.#due) return noPush;
    const composed = this.#compose(!removals);
    const differing = [...composed.values()].filter(
      (r) => differs(this.#client.get(r.name), r) || this.#doubtful.has(r.name),
    );
    const held = differing.filter((r) => this.#mayHave(r.name) && hold(r));
    this.#holding = held.length > 0;
    const news = new Set(differing.filter((r) => !held.includes(r)).map((r) => r.name));
    const forced = [...force].flatMap((name) => {
      const resource = composed.get(name) ?? this.#former.get(name);
      return resource && this.#names.has(name) ? [resource] : [];
    });
    const version = setVersionOf(composed);
    const changed = this.#whole ? version !== this.#sentVersion || this.#doubtful.size > 0 : news.size > 0;
    if ((!changed && forced.length === 0) || (changed && this.#refusedSets.has(version))) return noPush;
    const replaced = [...news].filter((name) => this.#claimedOther || this.#mayHave(name));
    const changes = [...composed.values()].filter((r) => this.#whole || news.has(r.name));
    const resources = [...changes, ...forced.filter((r) => !changes.includes(r))];
    return { responses: [this.#respond(resources)], replaced };
  }

  pushRemovals(): readonly XdsResponse[] {
    if (!this.#whole) {
      this.#former.clear();
      this.#dropAbsent();
      return [];
    }
    return this.pushChanges({ force: new Set(), removals: true, hold: () => false }).responses;
  }

  delivery(): TypeDelivery {
    const wantedVersion = this.#target ? setVersionOf(this.#selected(this.#target)) : '';
    const nack = this.#ackedVersion === wantedVersion ? undefined : this.#nack;
    return { wantedVersion, sentVersion: this.#sentVersion, ackedVersion: this.#ackedVersion, ...(nack && { nack }) };
  }

  #mayHave(name: string): boolean {
    return this.#client.has(name) || this.#doubtful.has(name);
  }

  #start(names: readonly string[], version: string): void {
    this.#started = true;
    this.#wildcard = names.length === 0 && this.#whole;
    this.#setNames(names);
    this.#claimedVersion = version;
    this.#returning = version !== '';
    this.#due = this.#wildcard || this.#names.size > 0;
  }

  /** Compares what the client claims to have with what it should have; equal needs no answer. */
  recognise(): void {
    if (this.#claimedVersion === '' || !this.#target) return;
    const selected = this.#selected(this.#target);
    const version = setVersionOf(selected);
    const same = version === this.#claimedVersion;
    this.#claimedVersion = '';
    // What it has instead is unknown: everything is news, in the order of a push.
    this.#due = false;
    this.#claimedOther = !same;
    if (!same) return;
    this.#client = selected;
    this.#accepted = selected;
    this.#sentVersion = version;
    this.#ackedVersion = version;
  }

  #subscribe(names: readonly string[]): void {
    const before = this.#names;
    if (names.length > 0 || before.size > 0) {
      this.#wildcard = names.includes('*');
      this.#setNames(names);
    }
    for (const name of this.#names) if (!before.has(name)) this.#dueNames.add(name);
    const dropped = [...before].filter((name) => !this.#names.has(name));
    if (dropped.length > 0) this.#forget(dropped);
  }

  #setNames(names: readonly string[]): void {
    if (names.includes('*')) this.#wildcard = true;
    this.#names = new Set(names.filter((name) => name !== '*'));
  }

  #forget(names: readonly string[]): void {
    this.#client = without(this.#client, names);
    this.#accepted = without(this.#accepted, names);
    for (const [nonce, sent] of this.#sent) this.#sent.set(nonce, { ...sent, after: without(sent.after, names) });
    for (const name of names) {
      this.#refused.delete(name);
      this.#doubtful.delete(name);
      this.#dueNames.delete(name);
    }
    this.#sentVersion = setVersionOf(this.#client);
    this.#ackedVersion = setVersionOf(this.#accepted);
  }

  /** An answer is one to all earlier responses too: clients may leave out those that a newer one supersedes. */
  #settle(nonce: string, refusal: string | undefined): void {
    const changed: EncodedResource[] = [];
    let after = this.#accepted;
    for (const [sent, response] of this.#sent) {
      this.#sent.delete(sent);
      changed.push(...response.changed);
      after = response.after;
      if (sent === nonce) break;
    }
    if (refusal === undefined) this.#accept(after);
    else this.#refuse(changed, setVersionOf(after), refusal);
  }

  #accept(after: ResourcesByName): void {
    this.#claimedOther = false;
    this.#accepted = after;
    this.#ackedVersion = setVersionOf(after);
    if (this.#refused.size === 0) this.#nack = undefined;
  }

  #refuse(changed: readonly EncodedResource[], version: string, message: string): void {
    const byName = new Map(changed.map((resource) => [resource.name, resource]));
    const blamed = blame(message, [...byName.keys()]);
    for (const name of byName.keys()) if (!blamed.includes(name)) this.#doubtful.add(name);
    for (const name of blamed) {
      const refused = byName.get(name)?.version;
      if (refused !== undefined && this.#target?.get(name)?.version === refused) this.#refused.set(name, refused);
    }
    this.#refusedSets.add(version);
    const versions = Object.fromEntries(blamed.map((name) => [name, byName.get(name)?.version ?? '']));
    this.#nack = { message, at: this.#params.now(), resources: blamed, versions };
    if (this.outstanding) return;
    this.#client = this.#accepted;
    this.#sentVersion = this.#ackedVersion;
  }

  /** The part of the target that the client subscribes to. */
  #selected(target: ResourcesByName): ResourcesByName {
    if (this.#wildcard) return target;
    const selected = new Map<string, EncodedResource>();
    for (const name of this.#names) {
      const resource = target.get(name);
      if (resource) selected.set(name, resource);
    }
    return selected;
  }

  /**
   * What the client should have now: the target, with the last good version of what it refused, and with what is to
   * be removed as long as that must stay.
   */
  #compose(keepRemoved: boolean): ResourcesByName {
    const selected = this.#selected(this.#target ?? new Map());
    const kept = keepRemoved ? [...this.#client.values()].filter((r) => !selected.has(r.name)) : [];
    if (kept.length === 0 && this.#refused.size === 0) return selected;
    const composed = new Map<string, EncodedResource>();
    for (const resource of [...kept, ...selected.values()]) {
      const refused = this.#refused.get(resource.name) === resource.version;
      const use = refused ? this.#accepted.get(resource.name) : resource;
      if (use) composed.set(use.name, use);
    }
    return composed;
  }

  /** Whole types are sent as they are to be; of the others any part. */
  #respond(resources: readonly EncodedResource[]): XdsResponse {
    const { typeUrl } = this.#params;
    const nonce = this.#params.nonce();
    if (this.#whole) this.#doubtful.clear();
    else for (const { name } of resources) this.#doubtful.delete(name);
    const before = this.#client;
    const changed = resources.filter((resource) => differs(before.get(resource.name), resource));
    this.#client = withAll(this.#whole ? new Map() : before, resources);
    const removed = this.#whole ? [...before.keys()].filter((name) => !this.#client.has(name)) : [];
    const version = setVersionOf(this.#client);
    this.#sentVersion = version;
    this.#lastNonce = nonce;
    this.#sent.set(nonce, { changed, after: this.#client });
    const bytes = frameSotwResponse({ typeUrl, nonce, version, resources });
    return { typeUrl, nonce, bytes, sent: resources.map((r) => r.name), removed };
  }

  /** A partial type can't say what is gone; the client drops it with what referred to it. */
  #dropAbsent(): void {
    const target = this.#target;
    if (!target) return;
    const absent = [...this.#client.keys()].filter((name) => !target.has(name));
    if (absent.length > 0) this.#forget(absent);
  }
}

function differs(a: EncodedResource | undefined, b: EncodedResource): boolean {
  return a?.version !== b.version;
}

function withAll(resources: ResourcesByName, more: readonly EncodedResource[]): ResourcesByName {
  const all = new Map(resources);
  for (const resource of more) all.set(resource.name, resource);
  return all;
}

function without(resources: ResourcesByName, names: readonly string[]): ResourcesByName {
  const rest = new Map(resources);
  for (const name of names) rest.delete(name);
  return rest;
}
