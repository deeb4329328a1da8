import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

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
