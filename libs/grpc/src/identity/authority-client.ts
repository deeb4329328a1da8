import type { ChannelCredentials } from '@grpc/grpc-js';
import { MallaError } from '@malla/model';
import {
  createCsr,
  generateKey,
  parseCertificates,
  parseTrustBundle,
  verifyChain,
  type Certificate,
  type HostNames,
  type TrustBundle,
} from '@malla/pki';
import { IstioCertificateService } from '@malla/protos/gen/istio/v1/auth/ca_pb';
import { TrustBundleService, type TrustBundle as WireBundle } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import type { HostPort } from '@malla/settings';
import { openChannel, type Channel } from '../client/channel.ts';
import { createClient } from '../client/create-client.ts';
import { heldIdentity, type HeldIdentity } from './identity-state.ts';

export interface CertifyParams {
  /** Who we are: what the certificate must name. */
  readonly spiffeId: string;
  /** A join token; undefined to be known by the certificate of the channel. */
  readonly token: string | undefined;
  /** Wished life in milliseconds; undefined for the authority's default. */
  readonly ttlMs: number | undefined;
  /** Names of hosts to ask for besides. */
  readonly hosts: HostNames;
  /** Verifies what the authority answers. */
  readonly bundle: TrustBundle;
  /** Milliseconds since the epoch, asked when the answer is there: a slow authority certifies from a later time on. */
  readonly now: () => number;
}

/** The calls that an identity makes to the certificate authority. */
export class AuthorityClient {
  readonly #address: HostPort;
  readonly #trustDomain: string;

  constructor(address: HostPort, trustDomain: string) {
    this.#address = address;
    this.#trustDomain = trustDomain;
  }

  /**
   * Makes a new key and has it certified. Each call has a connection of its own, because a connection keeps the certificate that it began
   * with.
   * @throws MallaError as the authority answered, or `internal` if its answer does not hold
   */
  async certify(credentials: ChannelCredentials, params: CertifyParams): Promise<HeldIdentity> {
    const key = await generateKey();
    const csr = await createCsr(key, params.spiffeId, params.hosts);
    const channel = this.#open(credentials);
    try {
      const response = await createClient(IstioCertificateService, channel).createCertificate(
        { csr, validityDuration: BigInt(Math.ceil((params.ttlMs ?? 0) / 1_000)) },
        params.token === undefined ? {} : { metadata: { authorization: `Bearer ${params.token}` } },
      );
      const chain = await checkedChain(response.certChain, params);
      const held = heldIdentity(key, chain);
      if (held === undefined) throw new MallaError('internal', 'the authority certified another key than ours');
      return held;
    } finally {
      channel.close();
    }
  }

  /** The present trust bundle. */
  async bundle(credentials: ChannelCredentials): Promise<TrustBundle> {
    const channel = this.#open(credentials);
    try {
      return this.#parse(await createClient(TrustBundleService, channel).getTrustBundle({}));
    } finally {
      channel.close();
    }
  }

  /** The present trust bundle and each later one, until the stream breaks or the signal fires. */
  async *watchBundle(credentials: ChannelCredentials, signal: AbortSignal): AsyncGenerator<TrustBundle> {
    const channel = this.#open(credentials);
    try {
      for await (const wire of createClient(TrustBundleService, channel).watchTrustBundle({}, { signal }))
        yield this.#parse(wire);
    } finally {
      channel.close();
    }
  }

  #open(credentials: ChannelCredentials): Channel {
    return openChannel({ target: this.#address, credentials, options: { 'grpc.use_local_subchannel_pool': 1 } });
  }

  #parse(wire: WireBundle): TrustBundle {
    if (wire.trustDomain !== this.#trustDomain) {
      throw new MallaError(
        'invalid',
        `the authority serves trust domain ${wire.trustDomain}, not ${this.#trustDomain}`,
      );
    }
    const parsed = parseTrustBundle(wire.trustDomain, wire.roots, wire.sequence);
    if (!parsed.ok)
      throw new MallaError('internal', `the authority sent a bad trust bundle: ${parsed.problem.message}`);
    return parsed.value;
  }
}

/** Leaf and intermediates of an answer that leads to our roots and names us. The root itself is dropped: peers have it. */
async function checkedChain(pems: readonly string[], params: CertifyParams): Promise<readonly Certificate[]> {
  const chain = parseCertificates(pems.join('\n'));
  if (!chain.ok) throw new MallaError('internal', `the authority sent a bad certificate: ${chain.problem.message}`);
  // The authority's clock may be ahead of ours by less than it backdates.
  const verified = await verifyChain({ chain: chain.value, roots: params.bundle.roots, now: params.now() });
  if (!verified.ok)
    throw new MallaError(
      'internal',
      `the authority sent a certificate that does not hold: ${verified.problem.message}`,
    );
  if (verified.value.spiffeId !== params.spiffeId) {
    throw new MallaError(
      'permission_denied',
      `the token or certificate is of ${verified.value.spiffeId}, but this is ${params.spiffeId}`,
    );
  }
  return verified.value.path.slice(0, -1);
}
