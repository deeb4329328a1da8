import { logFields, type HealthCheck } from '@malla/observability';
import type { Logger } from 'pino';
import type { Authority } from './authority.ts';
import type { BootstrapTokens } from './bootstrap-tokens.ts';
import type { OwnIdentity } from './own-identity.ts';

export interface UpkeepParams {
  readonly authority: Authority;
  readonly ownIdentity: OwnIdentity;
  readonly bootstrapTokens: BootstrapTokens;
  readonly health: HealthCheck;
  readonly logger: Logger;
  /** Between two rounds, in milliseconds. */
  readonly everyMs: number;
}

/** Looks regularly for what is due: a new issuer, a new certificate of our own, new first tokens. Looking costs nothing. */
export class Upkeep {
  readonly #params: UpkeepParams;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();

  constructor(params: UpkeepParams) {
    this.#params = params;
  }

  /**
   * Does the first round, which makes the service usable, and then one round after the other.
   * @throws whatever stands in the way of the first round, such as a disk that cannot be written
   */
  async start(): Promise<void> {
    await this.#doWhatIsDue();
    this.#params.health.ok();
    this.#timer = setInterval(() => (this.#round = this.#round.then(() => this.#tryRound())), this.#params.everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#round;
  }

  async #tryRound(): Promise<void> {
    try {
      await this.#doWhatIsDue();
      this.#params.health.ok();
    } catch (error) {
      // Certificates are still issued; the next round tries again.
      this.#params.logger.error({ [logFields.error]: error }, 'Upkeep failed');
      this.#params.health.degraded(error instanceof Error ? error.message : String(error));
    }
  }

  async #doWhatIsDue(): Promise<void> {
    const { authority, ownIdentity, bootstrapTokens } = this.#params;
    await authority.rotateIssuerWhenDue();
    await ownIdentity.renewWhenDue();
    await bootstrapTokens.writeWhenDue();
  }
}
