import {
  certificatesPem,
  parseCertificates,
  parsePrivateKey,
  parseTrustBundle,
  privateKeyPem,
  type Certificate,
  type KeyPair,
  type TrustBundle,
} from '@malla/pki';
import { PrivateFolder } from '@malla/settings';

/** A key and the certificate for it. */
export interface HeldIdentity {
  readonly spiffeId: string;
  readonly key: KeyPair;
  /** Leaf first, then intermediates. */
  readonly chain: readonly Certificate[];
  readonly leaf: Certificate;
}

const identityFile = 'identity.pem';
const bundleFile = 'trust-bundle.json';

/**
 * Where an identity outlives its process: key and certificates in one file, so that they always fit each other, and the newest trust bundle.
 * What does not read back is as good as absent: the token makes a new one.
 */
export class IdentityState {
  readonly #folder: PrivateFolder;

  constructor(dir: string) {
    this.#folder = PrivateFolder.open(dir);
  }

  readIdentity(): HeldIdentity | undefined {
    const text = this.#folder.read(identityFile);
    if (text === undefined) return undefined;
    const key = parsePrivateKey(text);
    const chain = parseCertificates(text);
    return key.ok && chain.ok ? heldIdentity(key.value, chain.value) : undefined;
  }

  writeIdentity({ key, chain }: HeldIdentity): void {
    this.#folder.write(identityFile, privateKeyPem(key.privateKey) + certificatesPem(...chain));
  }

  readBundle(trustDomain: string): TrustBundle | undefined {
    const text = this.#folder.read(bundleFile);
    if (text === undefined) return undefined;
    try {
      const { roots, sequence } = JSON.parse(text) as { roots: string[]; sequence: string };
      const parsed = parseTrustBundle(trustDomain, roots, BigInt(sequence));
      return parsed.ok ? parsed.value : undefined;
    } catch {
      return undefined;
    }
  }

  writeBundle({ roots, sequence }: TrustBundle): void {
    const pems = roots.map((root) => certificatesPem(root));
    this.#folder.write(bundleFile, `${JSON.stringify({ sequence: sequence.toString(), roots: pems }, null, 2)}\n`);
  }
}

/** Puts a key and its certificates together; undefined if they do not belong together or name nobody. */
export function heldIdentity(key: KeyPair, chain: readonly Certificate[]): HeldIdentity | undefined {
  const [leaf] = chain;
  const spiffeId = leaf?.altNames.uris[0];
  if (leaf === undefined || spiffeId === undefined || !key.spki.equals(leaf.spki)) return undefined;
  return { spiffeId, key, chain, leaf };
}
