import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { checkStates, type Health } from './health.ts';

/** Istio's metric of versions, which its tools and dashboards count by. */
export const buildName = 'istio_build';

/** Istio's names of those who do the same there. */
const istioComponents: Readonly<Record<string, string>> = { discovery: 'pilot', 'proxy-agent': 'agent' };

/**
 * Makes the metrics registry of a service, with the process's own figures (CPU, memory, event loop, descriptors).
 * Services add their metrics to it; label values come from fixed sets, never from requests.
 */
export function createMetrics(service: string, version: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const build = new Gauge({
    name: 'malla_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['service', 'version', 'node'],
    registers: [registry],
  });
  build.set({ service, version, node: process.version }, 1);
  const component = new Gauge({
    name: buildName,
    help: 'Always 1; the labels say which component of the mesh runs.',
    labelNames: ['component', 'tag'],
    registers: [registry],
  });
  component.set({ component: istioComponents[service] ?? service, tag: version }, 1);
  return registry;
}

/** Shows the state of each health check at each scrape: 1 for the state that it is in, 0 for the others. */
export function watchHealth(registry: Registry, health: Pick<Health, 'report'>): void {
  new Gauge({
    name: 'malla_health_check',
    help: '1 for the state that a thing which the service depends on is in (ok, degraded, down, dead), else 0.',
    labelNames: ['check', 'state'],
    registers: [registry],
    collect() {
      for (const { name: check, state } of health.report().checks)
        for (const each of checkStates) this.set({ check, state: each }, each === state ? 1 : 0);
    },
  });
}
