import assert from 'node:assert/strict';
import { create, fromBinary } from '@bufbuild/protobuf';
import { typeUrls, type EncodedResource } from '@malla/protos';
import {
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { SotwSession, type ResourceSet, type XdsResponse } from '@malla/xds';
import { ModelProxy } from './model-proxy.ts';

const { cluster, listener } = typeUrls;

/** A model proxy that speaks the state-of-the-world protocol. */
export class SotwModelProxy extends ModelProxy {
  session!: SotwSession;
  #nonce = 0;
  readonly #last = new Map<string, { nonce: string; version: string; names: readonly string[] }>();

  update() {
    return this.session.update(this.target);
  }

  protected newSession(): void {
    for (const [typeUrl, last] of this.#last) this.#last.set(typeUrl, { ...last, nonce: '' });
    this.session = new SotwSession({ nonce: () => String(++this.#nonce), now: () => 0 });
  }

  protected open(typeUrl: string) {
    const names = this.wanted(typeUrl);
    return this.#send(typeUrl, { names, nonce: '' });
  }

  protected answer({ typeUrl, nonce }: XdsResponse, refusal?: string) {
    return this.#send(typeUrl, { nonce }, refusal);
  }

  protected override took({ typeUrl, bytes }: XdsResponse): void {
    const last = { nonce: '', names: [], ...this.#last.get(typeUrl) };
    this.#last.set(typeUrl, { ...last, version: fromBinary(DiscoveryResponseSchema, bytes).versionInfo });
  }

  protected subscribe(typeUrl: string, names: readonly string[]) {
    const before = this.#last.get(typeUrl)?.names ?? [];
    if ([...before].sort().join() === [...names].sort().join()) return [];
    return this.#send(typeUrl, { names });
  }

  protected decode({ bytes, typeUrl, removed }: XdsResponse) {
    const response = fromBinary(DiscoveryResponseSchema, bytes);
    const sent = new Map(
      [...this.target, ...this.#known]
        .map(([, byName]) => byName)
        .flatMap((byName) => [...byName.values()])
        .map((r) => [bytesKey(r.any.value), r] as const),
    );
    const resources = response.resources.map((any) => sent.get(bytesKey(any.value)) as EncodedResource);
    const whole = typeUrl === cluster || typeUrl === listener;
    const names = new Set(resources.map((r) => r.name));
    const gone = whole ? [...this.of(typeUrl).keys()].filter((name) => !names.has(name)) : [];
    assert(!this.settled || gone.every((name) => removed.includes(name)), 'the session knows what is gone');
    const wanted = this.#last.get(typeUrl)?.names;
    return { resources: whole ? resources : resources.filter((r) => wanted?.includes(r.name)), removed: gone };
  }

  /** Everything that was ever a target, to tell names by bytes. */
  readonly #known = new Map<string, Map<string, EncodedResource>>();

  override set(resources: ResourceSet): void {
    for (const byName of resources.values()) {
      for (const resource of byName.values()) this.#known.set(bytesKey(resource.any.value), new Map([['', resource]]));
    }
    super.set(resources);
  }

  protected checksNews(typeUrl: string): boolean {
    return this.settled && typeUrl !== cluster && typeUrl !== listener;
  }

  #send(typeUrl: string, change: { nonce?: string; version?: string; names?: readonly string[] }, refusal?: string) {
    const last = { nonce: '', version: '', names: [], ...this.#last.get(typeUrl), ...change };
    this.#last.set(typeUrl, last);
    const request = {
      typeUrl,
      versionInfo: last.version,
      responseNonce: last.nonce,
      resourceNames: [...last.names],
      ...(refusal && { errorDetail: { message: refusal } }),
    };
    return this.session.receive(create(DiscoveryRequestSchema, request));
  }
}

function bytesKey(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
