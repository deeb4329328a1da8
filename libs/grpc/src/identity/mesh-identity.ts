import type { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';
import { MallaError } from '@malla/model';
import { logFields, type HealthCheck } from '@malla/observability';
import {
  certificatesPem,
  hostNames,
  parseTrustBundle,
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
import {
  anonymousChannelCredentials,
  channelCredentials,
  serverCredentials,
  type ClientCertificates,
} from '../tls/credentials.ts';
import { SettableIdentity, type IdentityMaterial, type IdentitySource } from '../tls/identity-source.ts';
import { AuthorityClient } from './authority-client.ts';
import { IdentityState, type HeldIdentity } from './identity-state.ts';

export interface MeshIdentityParams {
  /** Who this process is; the authority must agree. */
  readonly spiffeId: string;
  readonly trustDomain: string;
  readonly authority: HostPort;
  /** Reads the roots to begin with (PEM, the authority's root-cert.pem); undefined until they are there. Later ones come from the authority. */
  readonly roots: () => string | undefined;
  /** Reads the join token; asked for only when there is no usable certificate. Undefined if there is none. */
  readonly token: () => string | undefined;
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
const longestWaitMs = 60_000;
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
  readonly #material = new SettableIdentity();
  readonly #closing = new AbortController();
  readonly #authorityIds: readonly string[];
  readonly #hosts: HostNames;
  readonly #now: () => number;
  #held: HeldIdentity | undefined;
  #bundle: TrustBundle | undefined;
  #phase: IdentityPhase = 'starting';

  /** @throws MallaError `invalid` if the state folder is open to others */
  constructor(params: MeshIdentityParams) {
    this.#params = params;
    this.#now = params.now ?? Date.now;
    this.#state = new IdentityState(params.stateDir);
    this.#hosts = hostNames(params.hosts ?? []);
    this.#client = new AuthorityClient(params.authority, params.trustDomain);
    this.#authorityIds = [controlPlaneId('certificate-authority', params.trustDomain)];
  }

  get phase(): IdentityPhase {
    return this.#phase;
  }

  get current(): IdentityMaterial | undefined {
    return this.#material.current;
  }

  /** The newest trust bundle; undefined until start() has read the first roots. */
  get bundle(): TrustBundle | undefined {
    return this.#bundle;
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
    this.#bundle = this.#firstBundle(await this.#firstRoots());
    const kept = await this.#keptIdentity();
    if (kept !== undefined) await this.#takeKept(kept);
    else await this.#join();
    void this.#renewForever();
    void this.#followBundle();
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

  /** Processes of a mesh start in any order: the authority's first start writes its roots. */
  async #firstRoots(): Promise<string> {
    const { roots, logger, health } = this.#params;
    for (let told = false; !this.#closing.signal.aborted; told = true) {
      const text = roots();
      if (text !== undefined) return text;
      health?.down('waiting for the roots of the certificate authority');
      if (!told) logger.warn('Waiting for the roots of the certificate authority');
      await sleep(200, this.#closing.signal);
    }
    throw new MallaError('unavailable', 'closed before the certificate authority wrote its roots');
  }

  /** The kept bundle, unless the roots that we were given say that it is of another authority. */
  #firstBundle(roots: string): TrustBundle {
    const given = parseTrustBundle(this.#params.trustDomain, [roots], 0n);
    if (!given.ok) throw new MallaError('invalid', `the authority's roots do not read: ${given.problem.message}`);
    const kept = this.#state.readBundle(this.#params.trustDomain);
    const known = kept?.roots.some((root) =>
      given.value.roots.some((each) => Buffer.compare(each.der, root.der) === 0),
    );
    return kept !== undefined && known ? kept : given.value;
  }

  #roots(): TrustBundle {
    if (this.#bundle === undefined) throw new Error('MeshIdentity was not started');
    return this.#bundle;
  }

  async #keptIdentity(): Promise<HeldIdentity | undefined> {
    const kept = this.#state.readIdentity();
    if (kept === undefined) return undefined;
    const verified = await verifyChain({ chain: kept.chain, roots: this.#roots().roots, now: this.#now() });
    if (verified.ok && verified.value.spiffeId === this.#params.spiffeId) return kept;
    const reason = verified.ok ? `it is of ${verified.value.spiffeId}` : verified.problem.message;
    this.#params.logger.warn({ [logFields.reason]: reason }, 'Kept identity is not usable');
    return undefined;
  }

  /** A kept certificate that lacks host names which a setting has added since is replaced at once, if the authority is there. */
  async #takeKept(kept: HeldIdentity): Promise<void> {
    this.#use(kept);
    const { dnsNames, ipAddresses } = kept.leaf.altNames;
    const hasNames = this.#hosts.dnsNames.every((name) => dnsNames.includes(name));
    const hasAddresses = this.#hosts.ipAddresses.every((wanted) =>
      ipAddresses.some((each) => Buffer.compare(each, wanted) === 0),
    );
    if (hasNames && hasAddresses) return;
    try {
      this.#use(await this.#certify());
    } catch (error) {
      this.#params.logger.warn({ [logFields.error]: error }, 'Certificate lacks host names until it is renewed');
    }
  }

  /** Fetches the first certificate. */
  async #join(): Promise<void> {
    const backoff = this.#backoff();
    while (!this.#closing.signal.aborted) {
      try {
        this.#use(await this.#certify());
        return;
      } catch (thrown) {
        const error = MallaError.from(thrown);
        if (error.code !== 'unavailable' && error.code !== 'exhausted' && error.code !== 'internal')
          throw joinRefused(error);
        const retryInMs = backoff.next();
        this.#params.health?.down(`no identity yet: ${error.message}`);
        this.#params.logger.warn(
          { [logFields.reason]: error.message, [logFields.retryInMs]: retryInMs },
          'Cannot join the mesh yet',
        );
        await sleep(retryInMs, this.#closing.signal);
      }
    }
    throw new MallaError('unavailable', 'closed before the certificate authority answered');
  }

  async #renewForever(): Promise<void> {
    const { logger, random } = this.#params;
    const backoff = this.#backoff();
    while (!this.#closing.signal.aborted && this.#held !== undefined) {
      await this.#waitUntil(rotationTime(this.#held.leaf, { ...renewal, ...(random === undefined ? {} : { random }) }));
      while (!this.#closing.signal.aborted) {
        this.#phase = this.#now() < this.#held.leaf.notAfter ? 'renewing' : 'expired';
        try {
          this.#use(await this.#certify());
          backoff.reset();
          break;
        } catch (error) {
          this.#reportOverdue(MallaError.from(error).message);
          const retryInMs = this.#retryWait(backoff);
          logger.warn({ [logFields.error]: error, [logFields.retryInMs]: retryInMs }, 'Certificate renewal failed');
          await sleep(retryInMs, this.#closing.signal);
        }
      }
    }
  }

  /** Short lives need quick tries: at most a tenth of the life between two. */
  #retryWait(backoff: Backoff): number {
    const { notBefore, notAfter } = this.#held?.leaf ?? { notBefore: 0, notAfter: Infinity };
    return Math.min(backoff.next(), (notAfter - notBefore) / 10);
  }

  /** Asks for a certificate: as ourselves while our certificate lives, by token otherwise. */
  async #certify(): Promise<HeldIdentity> {
    const { spiffeId, ttlMs } = this.#params;
    // A root that was added meanwhile may be the one that the new certificate leads to.
    this.#takeBundle(await this.#client.bundle(this.#anonymous()));
    const usable = this.#held !== undefined && this.#now() < this.#held.leaf.notAfter;
    const token = usable ? undefined : this.#token();
    const credentials = usable ? channelCredentials(this, this.#authorityIds) : this.#anonymous();
    return this.#client.certify(credentials, {
      spiffeId,
      token,
      ttlMs,
      hosts: this.#hosts,
      bundle: this.#roots(),
      now: this.#now(),
    });
  }

  /** Read at the last moment: the authority replaces the files of its own services' tokens before it answers calls. */
  #token(): string {
    const token = this.#params.token()?.trim();
    if (token) return token;
    throw new MallaError('unavailable', 'there is no usable certificate and no join token yet');
  }

  #anonymous(): ChannelCredentials {
    return anonymousChannelCredentials(trustBundlePem(this.#roots()), this.#authorityIds);
  }

  #use(held: HeldIdentity): void {
    if (this.#phase === 'closed') return;
    this.#state.writeIdentity(held);
    this.#held = held;
    this.#phase = 'ready';
    this.#publish();
    this.#params.health?.ok();
    const facts = {
      [logFields.serial]: held.leaf.serial,
      [logFields.expiresAt]: new Date(held.leaf.notAfter).toISOString(),
    };
    this.#params.logger.info({ [logFields.identity]: held.spiffeId, ...facts }, 'Identity in use');
  }

  #publish(): void {
    if (this.#held === undefined) return;
    const { spiffeId, chain, key, leaf } = this.#held;
    this.#material.set({
      spiffeId,
      certificateChain: certificatesPem(...chain),
      privateKey: privateKeyPem(key.privateKey),
      roots: trustBundlePem(this.#roots()),
      notAfter: leaf.notAfter,
    });
  }

  #reportOverdue(reason: string): void {
    const left = (this.#held?.leaf.notAfter ?? 0) - this.#now();
    if (left > 0)
      this.#params.health?.degraded(
        `the certificate ends in ${Math.round(left / 1_000)} s and is not renewed: ${reason}`,
      );
    else this.#params.health?.down(`the certificate has expired and is not renewed: ${reason}`);
  }

  async #followBundle(): Promise<void> {
    const backoff = this.#backoff();
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        for await (const bundle of this.#client.watchBundle(this.#anonymous(), signal)) {
          backoff.reset();
          this.#takeBundle(bundle);
        }
      } catch (error) {
        this.#params.logger.debug({ [logFields.reason]: MallaError.from(error).message }, 'Trust bundle watch ended');
      }
      await sleep(backoff.next(), signal);
    }
  }

  #takeBundle(bundle: TrustBundle): void {
    if (bundle.sequence <= this.#roots().sequence) return;
    this.#bundle = bundle;
    this.#state.writeBundle(bundle);
    this.#params.logger.info({ roots: bundle.roots.length, sequence: Number(bundle.sequence) }, 'Trust bundle in use');
    this.#publish();
  }

  async #waitUntil(time: number): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const left = time - this.#now();
      if (left <= 0) return;
      await sleep(Math.min(left, longestWaitMs), this.#closing.signal);
    }
  }

  #backoff(): Backoff {
    const { random } = this.#params;
    return new Backoff({ initialMs: 250, maxMs: 30_000, ...(random === undefined ? {} : { random }) });
  }
}

function joinRefused(error: MallaError): MallaError {
  const advice =
    'make a new token with mallactl token create, or for one of Malla\u2019s services restart the certificate authority';
  return new MallaError(error.code, `the certificate authority refused this process: ${error.message}; ${advice}`, {
    cause: error,
  });
}
