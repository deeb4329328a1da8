import { MallaError } from '@malla/model';
import {
  certificatesPem,
  parseCertificates,
  parsePrivateKey,
  parseTrustBundle,
  privateKeyPem,
  type Authority,
  type KeyPair,
  type PkiResult,
  type TrustBundle,
} from '@malla/pki';
import { PrivateFolder } from '@malla/settings';
import { z } from 'zod';
import type { Handover } from './handover.ts';

/** What the authority must never lose. */
export interface AuthorityKeys {
  readonly root: Authority;
  readonly issuer: Authority;
  /** Signs join tokens. */
  readonly tokenKey: KeyPair;
  readonly bundle: TrustBundle;
}

const files = {
  /** The trust bundle and the trust domain. Written last: its presence says that the first start was completed. */
  authority: 'authority.json',
  root: 'root.pem',
  issuer: 'issuer.pem',
  tokenKey: 'token-key.pem',
  /** The roots for others to start with; made anew from the bundle. */
  rootCert: 'root-cert.pem',
} as const;

const authoritySchema = z.object({
  version: z.literal(1),
  trustDomain: z.string(),
  sequence: z.string().regex(/^\d+$/),
  roots: z.array(z.string()).min(1),
});

/**
 * The authority's keys in a folder that only this user may open. Key and certificate of an authority share a file, so that a crash cannot part
 * them. A store that is damaged is refused and never replaced: a new root would cut off every workload.
 */
export class KeyStore {
  readonly #folder: PrivateFolder;
  readonly #handover: Handover | undefined;

  /**
   * @param handover where roots and first tokens are written too
   * @throws MallaError `invalid` if the folder or a file in it is open to other users
   */
  constructor(path: string, handover?: Handover) {
    this.#folder = PrivateFolder.open(path);
    this.#handover = handover;
  }

  get path(): string {
    return this.#folder.path;
  }

  /**
   * Reads the keys; undefined if this folder never completed a first start.
   * @throws MallaError `invalid` if something is missing, damaged, or of another trust domain
   */
  load(trustDomain: string): AuthorityKeys | undefined {
    const text = this.#folder.read(files.authority);
    if (text === undefined) {
      if (!this.#folder.has(files.rootCert)) return undefined;
      throw this.#damaged(files.authority, 'it is missing, but roots were given out');
    }
    const bundle = this.#readBundle(text, trustDomain);
    const root = this.#readAuthority(files.root);
    const issuer = this.#readAuthority(files.issuer);
    const tokenKey = this.#parsed(files.tokenKey, parsePrivateKey(this.#required(files.tokenKey)));
    return { root, issuer, tokenKey, bundle };
  }

  /** Writes everything; the order makes a crash in between look like no first start at all. */
  saveAll(keys: AuthorityKeys): void {
    this.#writeAuthority(files.root, keys.root);
    this.saveIssuer(keys.issuer);
    this.#folder.write(files.tokenKey, privateKeyPem(keys.tokenKey.privateKey));
    this.saveBundle(keys.bundle);
  }

  saveIssuer(issuer: Authority): void {
    this.#writeAuthority(files.issuer, issuer);
  }

  saveBundle(bundle: TrustBundle): void {
    const { trustDomain, sequence, roots } = bundle;
    const pems = roots.map((root) => certificatesPem(root));
    const content = { version: 1, trustDomain, sequence: sequence.toString(), roots: pems };
    this.#folder.write(files.authority, `${JSON.stringify(content, null, 2)}\n`);
    this.publishRoots(bundle);
  }

  /** Writes root-cert.pem, by which other processes first know the authority. */
  publishRoots(bundle: TrustBundle): void {
    const pem = certificatesPem(...bundle.roots);
    if (this.#folder.read(files.rootCert) !== pem) this.#folder.write(files.rootCert, pem);
    this.#handover?.publishRoots(pem);
  }

  /** Writes the first token of one of Malla's services. */
  saveBootstrapToken(service: string, token: string): void {
    this.#folder.folder('bootstrap').write(`${service}.token`, `${token}\n`);
    this.#handover?.saveToken(service, token);
  }

  #readBundle(text: string, trustDomain: string): TrustBundle {
    const parsed = authoritySchema.safeParse(parseJson(text));
    if (!parsed.success) throw this.#damaged(files.authority, 'it does not have the expected form');
    const { trustDomain: kept, roots, sequence } = parsed.data;
    if (kept !== trustDomain) {
      throw new MallaError(
        'invalid',
        `${this.path} holds the keys of trust domain ${kept}, not ${trustDomain}: set MALLA_TRUST_DOMAIN=${kept}, or choose another MALLA_CA_DIR`,
      );
    }
    return this.#parsed(files.authority, parseTrustBundle(kept, roots, BigInt(sequence)));
  }

  #readAuthority(file: string): Authority {
    const text = this.#required(file);
    const key = this.#parsed(file, parsePrivateKey(text));
    const [certificate] = this.#parsed(file, parseCertificates(text));
    if (certificate === undefined || !key.spki.equals(certificate.spki)) {
      throw this.#damaged(file, 'its key and its certificate do not belong together');
    }
    return { certificate, key };
  }

  #writeAuthority(file: string, { key, certificate }: Authority): void {
    this.#folder.write(file, privateKeyPem(key.privateKey) + certificatesPem(certificate));
  }

  #required(file: string): string {
    const text = this.#folder.read(file);
    if (text === undefined) throw this.#damaged(file, 'it is missing');
    return text;
  }

  #parsed<T>(file: string, result: PkiResult<T>): T {
    if (result.ok) return result.value;
    throw this.#damaged(file, result.problem.message);
  }

  #damaged(file: string, reason: string): MallaError {
    const path = this.#folder.file(file);
    return new MallaError(
      'invalid',
      `${path} cannot be used: ${reason}; restore ${this.path} from a backup, or move it away to begin with a new root`,
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
