import { parseSpiffeId } from '@malla/spiffe';
import type { Certificate } from './certificate.ts';
import { keyUsageBits } from './extensions.ts';
import { oids } from './oids.ts';
import { readPublicKey } from './public-key.ts';
import { accept, refuse, type PkiResult } from './result.ts';
import { verifyBytes } from './signature.ts';

export interface VerifyChainParams {
  /** Leaf first, then the certificates that the peer sent with it, in any order. */
  readonly chain: readonly Certificate[];
  readonly roots: readonly Certificate[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the leaf is used for; undefined to allow either. */
  readonly usage?: 'client' | 'server';
}

export interface VerifiedPeer {
  readonly spiffeId: string;
  /** From the leaf to the root. */
  readonly path: readonly Certificate[];
}

/** Leaf, issuer, root, and room for a plugged-in hierarchy above. */
const maxPathLength = 6;

/**
 * Verifies an X.509-SVID (X509-SVID section 5, RFC 5280 section 6): a path of good signatures, dates and constraints to a root of the bundle,
 * and a leaf that names exactly one SPIFFE id.
 */
export async function verifyChain(params: VerifyChainParams): Promise<PkiResult<VerifiedPeer>> {
  const [leaf] = params.chain;
  if (leaf === undefined) return refuse('untrusted', 'no certificate');
  const identity = leafIdentity(leaf, params.usage);
  if (!identity.ok) return identity;
  const path: Certificate[] = [leaf];
  for (let current = leaf; path.length <= maxPathLength;) {
    const dates = checkCertificate(current, params.now);
    if (!dates.ok) return dates;
    if (isRoot(current, params.roots)) return accept({ spiffeId: identity.value, path });
    const issuer = await findIssuer(current, path.length - 1, params);
    if (!issuer.ok) return issuer;
    path.push(issuer.value);
    current = issuer.value;
  }
  return refuse('untrusted', `a chain of more than ${maxPathLength} certificates`);
}

function leafIdentity(leaf: Certificate, usage: VerifyChainParams['usage']): PkiResult<string> {
  if (leaf.isAuthority || leaf.keyUsage?.has(keyUsageBits.keyCertSign))
    return refuse('authority', 'the leaf is a certificate authority');
  const [uri] = leaf.altNames.uris;
  if (uri === undefined) return refuse('identity', 'the leaf names no SPIFFE id');
  if (leaf.altNames.uris.length > 1)
    return refuse('identity', `the leaf names ${leaf.altNames.uris.length} URIs; an SVID has one`);
  const id = parseSpiffeId(uri);
  if (!id.ok) return refuse('identity', id.problem.message);
  if (leaf.keyUsage !== undefined && !leaf.keyUsage.has(keyUsageBits.digitalSignature)) {
    return refuse('extension', 'the leaf may not be used for signatures');
  }
  const wanted = usage === 'client' ? oids.clientAuth : usage === 'server' ? oids.serverAuth : undefined;
  if (wanted !== undefined && leaf.extendedKeyUsage !== undefined && !leaf.extendedKeyUsage.includes(wanted)) {
    return refuse('extension', `the leaf may not be used by a TLS ${usage}`);
  }
  return accept(uri);
}

/** What holds for every certificate of the path. */
function checkCertificate(certificate: Certificate, now: number): PkiResult<Certificate> {
  const { notBefore, notAfter, unknownCritical, spki } = certificate;
  if (now < notBefore)
    return refuse('not_yet_valid', `a certificate is valid only from ${new Date(notBefore).toISOString()}`);
  if (now > notAfter) return refuse('expired', `a certificate expired at ${new Date(notAfter).toISOString()}`);
  if (unknownCritical.length > 0)
    return refuse('extension', `unknown critical extension ${unknownCritical.join(', ')}`);
  const key = readPublicKey(spki);
  return key.ok ? accept(certificate) : key;
}

function isRoot(certificate: Certificate, roots: readonly Certificate[]): boolean {
  return roots.some((root) => sameBytes(root.der, certificate.der));
}

/** @param below how many authorities stand between the issuer and the leaf */
async function findIssuer(
  subject: Certificate,
  below: number,
  params: VerifyChainParams,
): Promise<PkiResult<Certificate>> {
  const candidates = [...params.roots, ...params.chain].filter((each) => each !== subject && names(each, subject));
  for (const candidate of candidates) {
    if (!(await hasSigned(candidate, subject))) continue;
    if (!candidate.isAuthority || candidate.keyUsage?.has(keyUsageBits.keyCertSign) === false) {
      return refuse('authority', 'a certificate was signed by one that is no authority');
    }
    if (candidate.pathLength !== undefined && below > candidate.pathLength) {
      return refuse('authority', 'an authority signed a longer chain than it may');
    }
    return accept(candidate);
  }
  return refuse('untrusted', 'the certificate does not lead to a root of this trust bundle');
}

function names(issuer: Certificate, subject: Certificate): boolean {
  if (!sameBytes(issuer.subject, subject.issuer)) return false;
  const { authorityKeyId } = subject;
  return (
    authorityKeyId === undefined || issuer.subjectKeyId === undefined || authorityKeyId.equals(issuer.subjectKeyId)
  );
}

function hasSigned(issuer: Certificate, subject: Certificate): Promise<boolean> {
  const { signatureAlgorithm, tbs, signature } = subject;
  if (signatureAlgorithm === undefined) return Promise.resolve(false);
  return verifyBytes({ bytes: tbs, signature, algorithm: signatureAlgorithm, spki: issuer.spki });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
