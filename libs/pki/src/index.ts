// Keys
export { generateKey, keyPairOf, parsePrivateKey, privateKeyPem, type KeyPair } from './key-pair.ts';
export { readPublicKey, type PublicKeyInfo } from './public-key.ts';
// Requests
export { checkCsr, createCsr, maxCsrBytes, parseCsr, verifyCsr, type Csr } from './csr.ts';
// Certificates
export { certificatesPem, parseCertificate, parseCertificates, type Certificate } from './certificate.ts';
export { type Extensions } from './extensions.ts';
export { hostNames, type AltNames, type HostNames } from './alt-names.ts';
export {
  createIssuer,
  createRoot,
  issueLeaf,
  type Authority,
  type IssuerParams,
  type LeafParams,
  type RandomBytes,
  type RootParams,
} from './issue.ts';
// Trust
export { verifyChain, type VerifiedPeer, type VerifyChainParams } from './verify-chain.ts';
export { addRoot, dropRoot, parseTrustBundle, trustBundlePem, type TrustBundle } from './trust-bundle.ts';
export { rotationTime, type Lifetime, type RotationParams } from './rotation.ts';
// Outcomes
export { type PkiProblem, type PkiProblemCode, type PkiResult } from './result.ts';
