import { typeUrls, type EncodedResource } from '@malla/protos';
import { blame } from './blame.ts';
import { frameSotwResponse } from './frame.ts';
import { noPush, type OrderedType, type Push, type PushParams } from './make-before-break.ts';
import type { ResourcesByName } from './resource-set.ts';
import { XdsLimitError, type Nack, type TypeDelivery, type XdsResponse } from './session.ts';
import { setVersionOf } from './set-version.ts';

/** What a type of a state-of-the-world stream is given. */
export interface SotwTypeParams {
  readonly typeUrl: string;
  readonly nonce: () => string;
  readonly now: () => number;
  readonly maxSubscriptions: number;
}

/** Types whose responses carry everything: what is missing is gone. The others may carry a part. */
const wholeTypes: ReadonlySet<string> = new Set([typeUrls.cluster, typeUrls.listener]);

/** The response that the client has not yet answered. */
interface Sent {
  readonly nonce: string;
  /** What is new in it, and in earlier ones that it supersedes. */
  readonly changed: ReadonlyMap<string, EncodedResource>;
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
  /** An answer is due, even an empty one. */
  #due = false;
  #dueNames = new Set<string>();
  #target: ResourcesByName | undefined;
  /** What the client has accepted. */
  #accepted: ResourcesByName = new Map();
  #ackedVersion = '';
  /** What it has when it accepts what is on the way. */
  #client: ResourcesByName = new Map();
  #sentVersion = '';
  #lastNonce = '';
  #sent: Sent | undefined;
  readonly #refused = new Map<string, string>();
  /** Versions of whole responses that were refused; none is sent twice. */
  readonly #refusedSets = new Set<string>();
  #nack: Nack | undefined;

  constructor(params: SotwTypeParams) {
    this.#params = params;
    this.#whole = wholeTypes.has(params.typeUrl);
  }

  get outstanding(): boolean {
    return this.#sent !== undefined;
  }

  get refusing(): boolean {
    return this.#refused.size > 0;
  }

  wanted(name: string): EncodedResource | undefined {
    return this.#target?.get(name);
  }

  setTarget(target: ResourcesByName): void {
    if (target === this.#target) return;
    this.#target = target;
    for (const [name, version] of this.#refused) {
      if (target.get(name)?.version !== version) this.#refused.delete(name);
    }
    this.#refusedSets.clear();
    if (this.#refused.size === 0) this.#nack = undefined;
  }

  /** Takes the whole of a request: names, and what it answers. Stale requests change nothing. */
  receive(request: { names: readonly string[]; version: string; nonce: string; refusal: string | undefined }): void {
    if (request.names.length > this.#params.maxSubscriptions) {
      throw new XdsLimitError(`more than ${this.#params.maxSubscriptions} names of ${this.#params.typeUrl}`);
    }
    if (!this.#started) {
      this.#start(request.names, request.version);
      return;
    }
    if (request.nonce !== '' && request.nonce !== this.#lastNonce) return;
    if (this.#sent && request.nonce === this.#sent.nonce) this.#settle(this.#sent, request.refusal);
    this.#subscribe(request.names);
  }

  pushDue(): readonly XdsResponse[] {
    if (!this.#target || (!this.#due && this.#dueNames.size === 0)) return [];
    const names = this.#dueNames;
    const all = this.#due;
    this.#due = false;
    this.#dueNames = new Set();
    if (this.#whole) return [this.#respond(this.#compose(true), new Set())];
    const composed = this.#compose(true);
    const wanted = [...composed.values()].filter((r) => all || names.has(r.name));
    // Nothing to say about names that do not exist: a partial response can't say so.
    return wanted.length > 0 ? [this.#respond(composed, new Set(wanted.map((r) => r.name)))] : [];
  }

  pushChanges({ force, removals }: PushParams): Push {
    if (!this.#target || this.outstanding || !this.#started || this.#due) return noPush;
    const composed = this.#compose(!removals);
    const news = this.#news(composed);
    const forced = [...force].filter((name) => this.#client.has(name) && composed.has(name));
    const version = setVersionOf(composed);
    const changed = this.#whole ? version !== this.#sentVersion : news.size > 0;
    if ((!changed && forced.length === 0) || (changed && this.#refusedSets.has(version))) return noPush;
    const replaced = [...news].filter((name) => this.#client.has(name));
    return { responses: [this.#respond(composed, new Set([...news, ...forced]))], replaced };
  }

  pushRemovals(): readonly XdsResponse[] {
    if (!this.#whole) {
      this.#dropAbsent();
      return [];
    }
    return this.pushChanges({ force: new Set(), removals: true }).responses;
  }

  delivery(): TypeDelivery {
    return {
      wantedVersion: this.#target ? setVersionOf(this.#selected(this.#target)) : '',
      sentVersion: this.#sentVersion,
      ackedVersion: this.#ackedVersion,
      ...(this.#nack && { nack: this.#nack }),
    };
  }

  #start(names: readonly string[], version: string): void {
    this.#started = true;
    this.#wildcard = names.length === 0 && this.#whole;
    this.#setNames(names);
    this.#claimedVersion = version;
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
    for (const name of names) {
      this.#refused.delete(name);
      this.#dueNames.delete(name);
    }
    this.#sentVersion = setVersionOf(this.#client);
    this.#ackedVersion = setVersionOf(this.#accepted);
  }

  #settle(sent: Sent, refusal: string | undefined): void {
    this.#sent = undefined;
    if (refusal === undefined) {
      this.#accepted = this.#client;
      this.#ackedVersion = setVersionOf(this.#accepted);
      if (this.#refused.size === 0) this.#nack = undefined;
      return;
    }
    const blamed = blame(refusal, [...sent.changed.keys()]);
    for (const name of blamed) {
      const version = sent.changed.get(name)?.version;
      if (version !== undefined && this.#target?.get(name)?.version === version) this.#refused.set(name, version);
    }
    this.#refusedSets.add(this.#sentVersion);
    this.#client = this.#accepted;
    this.#sentVersion = this.#ackedVersion;
    this.#nack = { message: refusal, at: this.#params.now(), resources: blamed };
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

  /** Names whose content the client does not have. */
  #news(composed: ResourcesByName): Set<string> {
    return new Set([...composed.values()].filter((r) => differs(this.#client.get(r.name), r)).map((r) => r.name));
  }

  #respond(composed: ResourcesByName, part: ReadonlySet<string>): XdsResponse {
    const { typeUrl } = this.#params;
    const nonce = this.#params.nonce();
    const resources = [...composed.values()].filter((r) => this.#whole || part.has(r.name));
    const changed = new Map(this.#sent?.changed);
    for (const resource of resources) {
      if (differs(this.#client.get(resource.name), resource)) changed.set(resource.name, resource);
    }
    const removed = this.#whole ? [...this.#client.keys()].filter((name) => !composed.has(name)) : [];
    this.#client = this.#whole ? composed : withAll(this.#client, resources);
    const version = setVersionOf(this.#client);
    this.#sentVersion = version;
    this.#lastNonce = nonce;
    this.#sent = { nonce, changed };
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
