import type { EventCounts, RegistryFigures, RegistryKind } from '@malla/kube-registry';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Istio's names of the kinds. */
const types: Readonly<Record<RegistryKind, string>> = {
  Service: 'Services',
  EndpointSlice: 'EndpointSlice',
  Pod: 'Pods',
  Node: 'Nodes',
};

/** Metrics of the registry from Kubernetes under Istio's names. Source: https://istio.io/latest/docs/reference/commands/pilot-discovery/#metrics */
export class RegistryMetrics {
  readonly #events: Counter;

  /** @param figures asked for at each scrape */
  constructor(registry: Registry, figures: () => RegistryFigures) {
    const registers = [registry];
    this.#events = new Counter({
      name: 'pilot_k8s_reg_events',
      help: 'Changes of objects of the Kubernetes cluster, by kind and event (add, update, delete).',
      labelNames: ['type', 'event'],
      registers,
    });
    gauge('pilot_no_ip', 'Pods with a proxy and an address that no EndpointSlice has.', (f) => f.podsWithoutService);
    gauge('pilot_endpoint_not_ready', 'Endpoints that are not ready.', (f) => f.endpointsNotReady);
    gauge('endpoint_no_pod', 'Endpoints whose Pod is not known.', (f) => f.endpointsWithoutPod);

    function gauge(name: string, help: string, value: (figures: RegistryFigures) => number): void {
      new Gauge({ name, help, registers, collect: collector(value) });
    }

    function collector(value: (figures: RegistryFigures) => number) {
      return function collect(this: Gauge): void {
        this.set(value(figures()));
      };
    }
  }

  /** Changes of one kind were taken. */
  taken(kind: RegistryKind, { added, updated, deleted }: EventCounts): void {
    const type = types[kind];
    for (const [event, count] of [
      ['add', added],
      ['update', updated],
      ['delete', deleted],
    ] as const)
      if (count > 0) this.#events.inc({ type, event }, count);
  }
}
