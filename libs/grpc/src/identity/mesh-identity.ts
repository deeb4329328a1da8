import type { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';
import { MallaError } from '@malla/model';
import { logFields, type HealthCheck } from '@malla/observability';
import {
  certificatesPem,
  hostNames,
  privateKeyPem,
  rotationTime,
  trustBundlePem,
  verifyChain,
  type HostNames,
  type TrustBundle,
} from '@malla/pki';
import type { HostPort } from '@malla/settings';
import { controlPlaneId } from '@malla/spiffe';
import type { Logger } from 'pino';
import { Backoff, sleep } from '../backoff.ts';
import { channelCredentials, serverCredentials, type ClientCertificates } from '../tls/credentials.ts';
import { SettableIdentity, type IdentityMaterial, type IdentitySource } from '../tls/identity-source.ts';
import { AuthorityClient } from './authority-client.ts';
import { IdentityState, type HeldIdentity } from './identity-state.ts';
import { TrustedRoots } from './trusted-roots.ts';

export interface MeshIdentityParams {
  /** Who this process is; the authority must agree. */
  readonly spiffeId: string;
  readonly trustDomain: string;
  readonly authority: HostPort;
  /** Reads the roots to begin with (PEM, the authority's root-cert.pem); undefined until they are there. Later ones come from the authority. */
  readonly roots: () => string | undefined;
  /** Where they are read from, for messages. */
  readonly rootsSource?: string;
  /** Reads the join token; asked for only when there is no usable certificate. Undefined if there is none. */
  readonly token: () => string | undefined;
  /** Where the token is read from, for messages. */
  readonly tokenSource?: string;
  /** Where key, certificate and bundle are kept (0700). */
  readonly stateDir: string;
  /** Wished life of a certificate in milliseconds. Default: the authority's. */
  readonly ttlMs?: number;
  /** Host names and addresses for the certificate, for a server that browsers and kubectl call. Default none. */
  readonly hosts?: readonly string[];
  readonly logger: Logger;
  /** Told of the identity's state. */
  readonly health?: HealthCheck;
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
  /** Default Math.random. */
  readonly random?: () => number;
}

/**
 * Where an identity is in its life.
 * - `starting`: nothing usable yet; the first certificate is being fetched.
 * - `ready`: usable, and not yet due for renewal.
 * - `renewing`: usable and due; tries until the authority answers.
 * - `expired`: the certificate's life ended before it could be renewed; the join token is tried again.
 * - `closed`: no more renewals.
 */
export type IdentityPhase = 'starting' | 'ready' | 'renewing' | 'expired' | 'closed';

/** Long waits are cut into pieces, so that a suspended machine or a set clock is noticed. */
const longestWaitMs = 10_000;
/** Half of the life, give or take 5 %, so that a fleet started together does not renew together. */
const renewal = { ratio: 0.5, jitter: 0.05 };

/**
 * The identity of this process in the mesh: fetched with a join token once, kept on disk, renewed by its own certificate at half of its life,
 * and followed by every server and channel made from it. Trust bundles follow the authority's.
 */
export class MeshIdentity implements IdentitySource {
  readonly #params: MeshIdentityParams;
  readonly #state: IdentityState;
  readonly #client: AuthorityClient;
  readonly #roots: TrustedRoots;
  readonly #hosts: HostNames;
  readonly #now: () => number;
  readonly #material = new SettableIdentity();
  readonly #closing = new AbortController();
  #held: HeldIdentity | undefined;
  /** The certificate leads to none of the roots any more: another authority has taken the place of ours. */
  #orphaned = false;
  #phase: IdentityPhase = 'starting';

  /** @throws MallaError `invalid` if the state folder is open to others */
  constructor(params: MeshIdentityParams) {
    const { trustDomain, roots, rootsSource, logger, health } = params;
    this.#params = params;
    this.#now = params.now ?? Date.now;
    this.#hosts = hostNames(params.hosts ?? []);
    this.#state = new IdentityState(params.stateDir);
    this.#client = new AuthorityClient(params.authority, trustDomain);
    this.#roots = new TrustedRoots({
      trustDomain,
      roots,
      state: this.#state,
      client: this.#client,
      logger,
      backoff: () => this.#backoff(),
      changed: () => this.#followRoots(),
      ...(health === undefined ? {} : { health }),
      ...(rootsSource === undefined ? {} : { rootsSource }),
    });
  }

  get phase(): IdentityPhase {
    return this.#phase;
  }

  get current(): IdentityMaterial | undefined {
    return this.#material.current;
  }

  /** The newest trust bundle; undefined until start() has read the first roots. */
  get bundle(): TrustBundle | undefined {
    return this.#roots.bundle;
  }

  onChange(listener: (material: IdentityMaterial) => void): () => void {
    return this.#material.onChange(listener);
  }

  /**
   * Resolves once there is a usable identity: the kept one, or a new one. Waits for roots that are not written yet and for an authority that
   * is away; {@link MeshIdentity.close} ends the wait.
   * @throws MallaError `unauthenticated`, `permission_denied` or `invalid` if the roots do not read or the authority refuses the token:
   * trying again cannot help
   */
  async start(): Promise<void> {
    const { signal } = this.#closing;
    await this.#roots.open(signal);
    const kept = await this.#keptIdentity();
    if (kept === undefined) await this.#join();
    else await this.#takeKept(kept);
    void this.#renewForever();
    void this.#roots.follow(signal);
  }

  /** Server credentials that follow this identity. */
  serverCredentials(clients: ClientCertificates): ServerCredentials {
    return serverCredentials(this, clients);
  }

  /** Channel credentials that follow this identity, to servers with one of these SPIFFE ids. */
  channelCredentials(...expected: readonly string[]): ChannelCredentials {
    return channelCredentials(this, expected);
  }

  /** Stops renewals. Servers and channels keep what they have. */
  close(): void {
    this.#phase = 'closed';
    this.#closing.abort();
  }

  async #keptIdentity(): Promise<HeldIdentity | undefined> {
    const kept = this.#state.readIdentity();
    if (kept === undefined) return undefined;
    const verified = await verifyChain({ chain: kept.chain, roots: this.#roots.opened.roots, now: this.#now() });
    if (verified.ok && verified.value.spiffeId === this.#params.spiffeId) return kept;
    const reason = verified.ok ? `it is of ${verified.value.spiffeId}` : verified.problem.message;
    this.#params.logger.warn({ [logFields.reason]: reason }, 'Kept identity is not usable');
    return undefined;
  }

  /** A kept certificate that lacks host names which a setting has added since is replaced at once, if the authority is there. */
  async #takeKept(kept: HeldIdentity): Promise<void> {
    this.#use(kept);
    const { dnsNames, ipAddresses } = kept.leaf.altNames;
    const hasAddress = (wanted: Uint8Array): boolean => ipAddresses.some((each) => Buffer.compare(each, wanted) === 0);
    if (this.#hosts.dnsNames.every((name) => dnsNames.includes(name)) && this.#hosts.ipAddresses.every(hasAddress))
      return;
    try {
      this.#accept(await this.#certify());
    } catch (error) {
      this.#params.logger.warn({ [logFields.error]: error }, 'Certificate lacks host names until it is renewed');
    }
  }

  /** Fetches the first certificate. */
  async #join(): Promise<void> {
    const backoff = this.#backoff();
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        this.#accept(await this.#certify());
        return;
      } catch (thrown) {
        const error = MallaError.from(thrown);
        if (isFinal(error)) throw joinRefused(error);
        const retryInMs = backoff.next();
        const { host, port } = this.#params.authority;
        const facts = {
          authority: `${host}:${port}`,
          [logFields.reason]: error.message,
          [logFields.retryInMs]: retryInMs,
        };
        this.#params.health?.down(`no identity yet: ${error.message}`);
        this.#params.logger.warn(facts, 'Cannot join the mesh yet');
        await sleep(retryInMs, signal);
      }
    }
    throw new MallaError('unavailable', 'closed before the certificate authority answered');
  }

  async #renewForever(): Promise<void> {
    const { random = Math.random } = this.#params;
    while (!this.#closing.signal.aborted && this.#held !== undefined) {
      await this.#waitUntil(rotationTime(this.#held.leaf, { ...renewal, random }));
      await this.#renew(this.#held);
    }
  }

  /** Tries until there is a new certificate; beyond the end of the old one, by token. */
  async #renew({ leaf }: HeldIdentity): Promise<void> {
    const backoff = this.#backoff();
    const { signal } = this.#closing;
    while (!signal.aborted) {
      this.#phase = this.#now() < leaf.notAfter ? 'renewing' : 'expired';
      try {
        this.#accept(await this.#certify());
        return;
      } catch (error) {
        this.#reportOverdue(leaf.notAfter - this.#now(), MallaError.from(error).message);
        // Short lives need quick tries: at most a tenth of the life between two.
        const retryInMs = Math.min(backoff.next(), (leaf.notAfter - leaf.notBefore) / 10);
        const facts = { [logFields.error]: error, [logFields.retryInMs]: retryInMs };
        this.#params.logger.warn(facts, 'Certificate renewal failed');
        await sleep(retryInMs, signal);
      }
    }
  }

  /** Asks for a certificate: as ourselves while our certificate lives, by token otherwise. */
  async #certify(): Promise<HeldIdentity> {
    const { spiffeId, ttlMs, trustDomain } = this.#params;
    // A root that was added meanwhile may be the one that the new certificate leads to.
    await this.#roots.refresh();
    const usable = this.#held !== undefined && !this.#orphaned && this.#now() < this.#held.leaf.notAfter;
    const authority = controlPlaneId('certificate-authority', trustDomain);
    const credentials = usable ? this.channelCredentials(authority) : this.#roots.anonymousCredentials();
    return this.#client.certify(credentials, {
      spiffeId,
      token: usable ? undefined : this.#token(),
      ttlMs,
      hosts: this.#hosts,
      bundle: this.#roots.opened,
      now: this.#now,
    });
  }

  /** Read at the last moment: the authority replaces the files of its own services' tokens before it answers calls. */
  #token(): string {
    const { token: read, tokenSource } = this.#params;
    const token = read()?.trim();
    const where = tokenSource === undefined ? '' : ` in ${tokenSource}`;
    if (!token) throw new MallaError('unavailable', `there is no usable certificate and no join token yet${where}`);
    // Headers take no others; a file of something else must not be tried for ever.
    if (!/^[\x21-\x7e]+$/.test(token))
      throw new MallaError('invalid', `what stands${where || ' there'} is not a join token`);
    return token;
  }

  /** Keeps a new identity and uses it. One that cannot be kept, on a full disk say, is used all the same. */
  #accept(held: HeldIdentity): void {
    if (this.#phase === 'closed') return;
    this.#use(held);
    try {
      this.#state.writeIdentity(held);
    } catch (error) {
      this.#params.logger.error({ [logFields.error]: error }, 'Identity cannot be kept');
      this.#params.health?.degraded(`the identity cannot be kept for a restart: ${MallaError.from(error).message}`);
    }
  }

  #use(held: HeldIdentity): void {
    this.#held = held;
    this.#orphaned = false;
    this.#phase = 'ready';
    this.#publish();
    this.#params.health?.ok();
    const { serial, notAfter } = held.leaf;
    const facts = { [logFields.serial]: serial, [logFields.expiresAt]: new Date(notAfter).toISOString() };
    this.#params.logger.info({ [logFields.identity]: held.spiffeId, ...facts }, 'Identity in use');
  }

  #publish(): void {
    if (this.#held === undefined) return;
    const { spiffeId, chain, key, leaf } = this.#held;
    this.#material.set({
      spiffeId,
      certificateChain: certificatesPem(...chain),
      privateKey: privateKeyPem(key.privateKey),
      roots: trustBundlePem(this.#roots.opened),
      notAfter: leaf.notAfter,
    });
  }

  #followRoots(): void {
    this.#publish();
    const held = this.#held;
    if (held === undefined) return;
    void verifyChain({ chain: held.chain, roots: this.#roots.opened.roots, now: this.#now() }).then(({ ok }) => {
      if (!ok && this.#held === held) this.#orphaned = true;
    });
  }

  #reportOverdue(leftMs: number, reason: string): void {
    const { health } = this.#params;
    if (leftMs <= 0) health?.down(`the certificate has expired and is not renewed: ${reason}`);
    else health?.degraded(`the certificate ends in ${Math.round(leftMs / 1_000)} s and is not renewed: ${reason}`);
  }

  async #waitUntil(time: number): Promise<void> {
    const { signal } = this.#closing;
    for (let left = time - this.#now(); left > 0 && !signal.aborted; left = time - this.#now()) {
      if (this.#orphaned) return;
      await sleep(Math.min(left, longestWaitMs), signal);
    }
  }

  #backoff(): Backoff {
    return new Backoff({ initialMs: 250, maxMs: 30_000, random: this.#params.random ?? Math.random });
  }
}

/** True for an answer that trying again cannot change. */
function isFinal({ code }: MallaError): boolean {
  return code !== 'unavailable' && code !== 'exhausted' && code !== 'internal';
}

function joinRefused(error: MallaError): MallaError {
  const advice =
    'make a new token with mallactl token create; one of Malla\u2019s own services needs the certificate authority restarted, and a pod a token that is projected for the audience istio-ca';
  const message = `the certificate authority refused this process: ${error.message}; ${advice}`;
  return new MallaError(error.code, message, { cause: error });
}
