import { certificatesPem, parseCertificates, type Certificate } from './certificate.ts';
import { accept, refuse, type PkiResult } from './result.ts';

/** The roots that peers of one trust domain trust. */
export interface TrustBundle {
  readonly trustDomain: string;
  /** Oldest first. Never empty. */
  readonly roots: readonly Certificate[];
  /** Grows by one with every change; a lower one is never taken over a higher one. */
  readonly sequence: bigint;
}

/** Reads a bundle from PEM texts, and refuses certificates that are no self-named authorities. */
export function parseTrustBundle(
  trustDomain: string,
  pems: readonly string[],
  sequence: bigint,
): PkiResult<TrustBundle> {
  const roots: Certificate[] = [];
  for (const pem of pems) {
    const parsed = parseCertificates(pem);
    if (!parsed.ok) return parsed;
    roots.push(...parsed.value);
  }
  if (roots.length === 0) return refuse('malformed', 'a trust bundle without roots');
  if (roots.some((root) => !root.isAuthority))
    return refuse('authority', 'a trust bundle with a certificate that is no authority');
  return accept({ trustDomain, roots, sequence });
}

/** All roots as one PEM text, as TLS libraries take them. */
export function trustBundlePem(bundle: TrustBundle): string {
  return certificatesPem(...bundle.roots);
}

/** Adds a root (rotation, phase one). A root that is there already changes nothing. */
export function addRoot(bundle: TrustBundle, root: Certificate): TrustBundle {
  if (bundle.roots.some((each) => same(each, root))) return bundle;
  return { ...bundle, roots: [...bundle.roots, root], sequence: bundle.sequence + 1n };
}

/**
 * Drops a root (rotation, last phase).
 * @throws RangeError for the last one: a mesh without roots trusts nobody
 */
export function dropRoot(bundle: TrustBundle, root: Certificate): TrustBundle {
  const roots = bundle.roots.filter((each) => !same(each, root));
  if (roots.length === bundle.roots.length) return bundle;
  if (roots.length === 0) throw new RangeError('The last root of a trust bundle cannot be dropped');
  return { ...bundle, roots, sequence: bundle.sequence + 1n };
}

function same(a: Certificate, b: Certificate): boolean {
  return Buffer.compare(a.der, b.der) === 0;
}
