import type { Proxy } from '@malla/ir';
import { MallaError } from '@malla/model';
import { logFields, type HealthCheck } from '@malla/observability';
import type { ResourceSet } from '@malla/xds';
import type { Logger } from 'pino';
import type { DiscoveryMetrics } from '../discovery-metrics.ts';
import type { MeshVersion } from '../mesh/mesh-state.ts';
import { ProxyConfigurations } from './proxy-configurations.ts';

/** Makes the resources of a proxy at a version of the mesh; {@link ProxyConfigurations} is the one that serves. */
export type Translator = Pick<ProxyConfigurations, 'resources'>;

export interface TranslationParams {
  readonly logger: Logger;
  readonly metrics: Pick<DiscoveryMetrics, 'translated' | 'failed'>;
  readonly health: HealthCheck;
  /** Makes a translator that remembers nothing. */
  readonly translator?: () => Translator;
}

/**
 * Translation that survives its own mistakes: a version of the mesh that cannot be translated is told once, by log, metric and health, and
 * the translator begins anew, for what it remembers may be half made. Whoever asked keeps what it has until a later version succeeds.
 */
export class Translation {
  readonly #params: TranslationParams;
  readonly #make: () => Translator;
  #translator: Translator;
  #failedGeneration: number | undefined;

  constructor(params: TranslationParams) {
    this.#params = params;
    this.#make = params.translator ?? (() => new ProxyConfigurations());
    this.#translator = this.#make();
    params.health.ok();
  }

  /** @throws MallaError `internal` when the version cannot be translated for this proxy */
  resources(proxy: Proxy, version: MeshVersion): ResourceSet {
    const startedAt = performance.now();
    try {
      const resources = this.#translator.resources(proxy, version);
      this.#params.metrics.translated((performance.now() - startedAt) / 1000);
      this.#succeeded(version);
      return resources;
    } catch (error) {
      this.#translator = this.#make();
      this.#failed(proxy, version, error);
      throw MallaError.from(error);
    }
  }

  #succeeded({ generation }: MeshVersion): void {
    if (this.#failedGeneration === undefined || generation <= this.#failedGeneration) return;
    this.#failedGeneration = undefined;
    this.#params.health.ok();
  }

  #failed(proxy: Proxy, { generation, revision }: MeshVersion, error: unknown): void {
    const { logger, metrics, health } = this.#params;
    metrics.failed();
    if (this.#failedGeneration === generation) return;
    this.#failedGeneration = generation;
    const fields = { [logFields.proxy]: proxy.id, [logFields.revision]: String(revision), [logFields.error]: error };
    logger.error(fields, 'Configuration cannot be translated; proxies keep what they have');
    health.degraded(
      `revision ${revision} cannot be translated, proxies keep what they have: ${MallaError.from(error).message}`,
    );
  }
}
