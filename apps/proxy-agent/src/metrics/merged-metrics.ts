import { request } from 'node:http';
import type { IstioMetricsPage } from '@malla/envoy-admin';
import { logFields } from '@malla/observability';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { AgentMetrics } from './agent-metrics.ts';

export interface MergedMetricsParams {
  readonly registry: Registry;
  readonly agent: AgentMetrics;
  /** The data plane's metrics; undefined while it has none. */
  readonly dataPlane: () => Promise<string | undefined>;
  /** The application's page; undefined if it has none. */
  readonly appUrl: string | undefined;
  /** Makes Istio's metrics of the data plane's. */
  readonly istio: IstioMetricsPage;
  readonly logger: Logger;
}

/**
 * One page with the metrics of the data plane (Istio's under Istio's names), the agent and the application, as Prometheus scrapes it.
 * A part that can't be had is left out and counted: the others still count.
 */
export class MergedMetrics {
  readonly #params: MergedMetricsParams;
  #incomplete = false;

  constructor(params: MergedMetricsParams) {
    this.#params = params;
  }

  async text(): Promise<string> {
    const { agent, appUrl, dataPlane } = this.#params;
    agent.scrapes.inc();
    const parts = await Promise.all([
      this.#part('envoy', async () => this.#params.istio.complete((await dataPlane()) ?? '')),
      this.#part('agent', () => this.#ownMetrics()),
      this.#part('application', async () => (appUrl === undefined ? '' : fetchText(appUrl))),
    ]);
    this.#reportLeftOut();
    return parts.filter((part) => part !== '').join('');
  }

  /** A page that lacks something says so in the log, once until it is whole again. */
  #reportLeftOut(): void {
    const { agent, istio, logger } = this.#params;
    const { leftOut } = istio;
    agent.labelSetsLeftOut.set(leftOut);
    if (leftOut > 0 && !this.#incomplete)
      logger.warn({ leftOut }, 'Metrics have more label sets than MALLA_METRICS_MAX_LABEL_SETS lets through');
    this.#incomplete = leftOut > 0;
  }

  async #part(type: string, read: () => Promise<string>): Promise<string> {
    try {
      const text = await read();
      return text === '' || text.endsWith('\n') ? text : `${text}\n`;
    } catch (error) {
      this.#params.agent.scrapeFailures.inc({ type });
      this.#params.logger.debug({ part: type, [logFields.error]: error }, 'Metrics could not be read');
      return '';
    }
  }

  /** Only what bears the agent's name: an application on Node has the other names too, and a page may hold each name once. */
  async #ownMetrics(): Promise<string> {
    const { registry } = this.#params;
    const names = registry.getMetricsAsArray().map(({ name }) => name);
    const own = names.filter((name) => /^(istio_agent_|malla_agent_|(istio_build|malla_health_check)$)/.test(name));
    const texts = await Promise.all(own.map((name) => registry.getSingleMetricAsString(name)));
    return texts.map((text) => `${text}\n`).join('');
  }
}

const timeoutMs = 3_000;
const maxBytes = 16 * 1024 * 1024;

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, timeout: timeoutMs, headers: { accept: 'text/plain' } }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes) response.destroy(new Error(`more than ${maxBytes} bytes`));
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(new Error(`answered ${response.statusCode}`));
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    sent.on('error', reject);
    sent.end();
  });
}
