import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiKeyPolicy, Secret } from '@malla/model';

const defaultHeader = 'x-api-key';
/** Longer values are no key: nobody may make us hash megabytes. */
const mostKeyLength = 4_096;

/** What one policy asks for. */
export interface KeyDemand {
  /** Lower case. */
  readonly header: string;
  /** Name of the client that a key belongs to; undefined for keys of nobody. */
  readonly clientOf: (key: string) => string | undefined;
}

interface HashedKey {
  readonly hash: Buffer;
  readonly client: string;
}

type HashedKeys = ReadonlyMap<string, HashedKey>;

/**
 * ApiKeyPolicies, and the secrets they refer to. Of secrets only hashes are kept, keyed with a number of this process: what
 * is in memory proves a key and does not tell it, and how long a comparison takes says nothing of the key.
 */
export class ApiKeyTable {
  readonly #hashKey = randomBytes(32);
  readonly #policies = new Map<string, { readonly header: string; readonly secret: string }>();
  readonly #secrets = new Map<string, HashedKeys>();

  /** @param policy `<namespace>/<name>`; undefined if there is no such policy (any more) */
  demandOf(policy: string): KeyDemand | undefined {
    const found = this.#policies.get(policy);
    if (found === undefined) return undefined;
    return { header: found.header, clientOf: (key) => this.#clientOf(found.secret, key) };
  }

  setPolicy({ metadata: { namespace, name }, spec }: ApiKeyPolicy): void {
    const header = (spec.header ?? defaultHeader).toLowerCase();
    this.#policies.set(`${namespace}/${name}`, { header, secret: `${namespace}/${spec.secretRef.name}` });
  }

  deletePolicy(namespace: string, name: string): void {
    this.#policies.delete(`${namespace}/${name}`);
  }

  /** Secrets of other types than Opaque hold no API keys. */
  setSecret({ metadata: { namespace, name }, type = 'Opaque', data = {} }: Secret): void {
    const id = `${namespace}/${name}`;
    if (type !== 'Opaque') return void this.#secrets.delete(id);
    const keys = new Map<string, HashedKey>();
    for (const client of Object.keys(data).sort()) {
      // A line end is what `echo` left behind; no header can hold it.
      const key = Buffer.from(data[client] ?? '', 'base64')
        .toString('utf8')
        .trim();
      if (key === '' || key.length > mostKeyLength) continue;
      const hash = this.#hash(key);
      if (!keys.has(hash.toString('base64'))) keys.set(hash.toString('base64'), { hash, client });
    }
    this.#secrets.set(id, keys);
  }

  deleteSecret(namespace: string, name: string): void {
    this.#secrets.delete(`${namespace}/${name}`);
  }

  clear(): void {
    this.#policies.clear();
    this.#secrets.clear();
  }

  #clientOf(secret: string, key: string): string | undefined {
    if (key.length > mostKeyLength) return undefined;
    const hash = this.#hash(key);
    const found = this.#secrets.get(secret)?.get(hash.toString('base64'));
    return found !== undefined && timingSafeEqual(found.hash, hash) ? found.client : undefined;
  }

  #hash(key: string): Buffer {
    return createHmac('sha256', this.#hashKey).update(key).digest();
  }
}
