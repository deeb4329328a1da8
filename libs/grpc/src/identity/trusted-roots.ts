import type { ChannelCredentials } from '@grpc/grpc-js';
import { MallaError } from '@malla/model';
import { logFields, type HealthCheck } from '@malla/observability';
import { parseTrustBundle, trustBundlePem, type TrustBundle } from '@malla/pki';
import { controlPlaneId } from '@malla/spiffe';
import type { Logger } from 'pino';
import { sleep, type Backoff } from '../backoff.ts';
import { anonymousChannelCredentials } from '../tls/credentials.ts';
import type { AuthorityClient } from './authority-client.ts';
import type { IdentityState } from './identity-state.ts';

export interface TrustedRootsParams {
  readonly trustDomain: string;
  /** Reads the roots to begin with (PEM); undefined until they are there. */
  readonly roots: () => string | undefined;
  /** Where they are read from, for messages. */
  readonly rootsSource?: string;
  readonly state: IdentityState;
  readonly client: AuthorityClient;
  readonly logger: Logger;
  readonly health?: HealthCheck;
  /** Makes the waits between tries. */
  readonly backoff: () => Backoff;
  /** Called after each change. */
  readonly changed: () => void;
}

/** How often to look for roots that are not written yet. */
const lookEveryMs = 200;

/**
 * The trust bundle of a process: the roots that it was given, then whatever the authority publishes, kept over restarts. The given ones are looked
 * at again before each call: an authority that lost its keys has new roots, which it cannot tell to anybody who trusts only the old ones.
 */
export class TrustedRoots {
  readonly #params: TrustedRootsParams;
  #bundle: TrustBundle | undefined;
  /** As they were read last. */
  #given: string | undefined;

  constructor(params: TrustedRootsParams) {
    this.#params = params;
  }

  /** Undefined until {@link TrustedRoots.open} has read the first roots. */
  get bundle(): TrustBundle | undefined {
    return this.#bundle;
  }

  /** The bundle of an opened object. */
  get opened(): TrustBundle {
    if (this.#bundle === undefined) throw new Error('No roots: the identity was not started');
    return this.#bundle;
  }

  /**
   * Waits for the first roots: processes of a mesh start in any order, and the authority's first start writes them.
   * @throws MallaError `invalid` if they do not read, `unavailable` if the signal ends the wait
   */
  async open(signal: AbortSignal): Promise<void> {
    const { roots, rootsSource, logger, health } = this.#params;
    for (let told = false; !signal.aborted; told = true) {
      const text = roots();
      if (text !== undefined) {
        this.#given = text;
        this.#bundle = this.#firstBundle(text);
        return;
      }
      health?.down('waiting for the roots of the certificate authority');
      if (!told) logger.warn({ [logFields.path]: rootsSource }, 'Waiting for the roots of the certificate authority');
      await sleep(lookEveryMs, signal);
    }
    throw new MallaError('unavailable', 'closed before the certificate authority wrote its roots');
  }

  /** Credentials of a client that shows nothing of itself, to the authority. */
  anonymousCredentials(): ChannelCredentials {
    const authority = controlPlaneId('certificate-authority', this.#params.trustDomain);
    return anonymousChannelCredentials(trustBundlePem(this.opened), [authority]);
  }

  /** Asks the authority once. */
  async refresh(): Promise<void> {
    this.#readAgain();
    this.#take(await this.#params.client.bundle(this.anonymousCredentials()));
  }

  /** Follows the authority until the signal fires. */
  async follow(signal: AbortSignal): Promise<void> {
    const backoff = this.#params.backoff();
    while (!signal.aborted) {
      try {
        this.#readAgain();
        for await (const bundle of this.#params.client.watchBundle(this.anonymousCredentials(), signal)) {
          backoff.reset();
          this.#take(bundle);
        }
      } catch (error) {
        const reason = MallaError.from(error).message;
        this.#params.logger.debug({ [logFields.reason]: reason }, 'Trust bundle watch ended');
      }
      await sleep(backoff.next(), signal);
    }
  }

  /** The kept bundle, unless the roots that we were given say that it is of another authority. */
  #firstBundle(roots: string): TrustBundle {
    const { trustDomain, state } = this.#params;
    const given = parseTrustBundle(trustDomain, [roots], 0n);
    if (!given.ok) throw new MallaError('invalid', `the authority's roots do not read: ${given.problem.message}`);
    const kept = state.readBundle(trustDomain);
    return kept !== undefined && haveCommonRoot(kept, given.value) ? kept : given.value;
  }

  #readAgain(): void {
    const { trustDomain, roots, logger, state, changed } = this.#params;
    const text = roots();
    if (text === undefined || text === this.#given) return;
    this.#given = text;
    const given = parseTrustBundle(trustDomain, [text], 0n);
    if (!given.ok) {
      logger.warn({ [logFields.reason]: given.problem.message }, 'Roots of the authority do not read');
      return;
    }
    if (haveCommonRoot(this.opened, given.value)) return;
    this.#bundle = given.value;
    state.writeBundle(given.value);
    logger.warn({ roots: given.value.roots.length }, 'Roots of another authority in use');
    changed();
  }

  #take(bundle: TrustBundle): void {
    if (bundle.sequence <= this.opened.sequence) return;
    this.#bundle = bundle;
    this.#params.state.writeBundle(bundle);
    const facts = { roots: bundle.roots.length, sequence: Number(bundle.sequence) };
    this.#params.logger.info(facts, 'Trust bundle in use');
    this.#params.changed();
  }
}

function haveCommonRoot(one: TrustBundle, other: TrustBundle): boolean {
  return one.roots.some(({ der }) => other.roots.some((root) => Buffer.compare(root.der, der) === 0));
}
