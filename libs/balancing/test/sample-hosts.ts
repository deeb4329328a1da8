import type { EndpointConfig, EndpointsConfig, LocalityConfig } from '@malla/proxy-config';
import { HostSet, type HostSetParams } from '../src/hosts/host-set.ts';

/** An endpoint of a test: its number (from which its address comes), weight 1 and healthy unless said otherwise. */
export interface SampleEndpoint {
  readonly n: number;
  readonly weight?: number;
  readonly health?: EndpointConfig['health'];
  readonly labels?: Readonly<Record<string, unknown>>;
}

/** Endpoints of one locality. */
export interface SampleLocality {
  readonly zone?: string;
  readonly priority?: number;
  readonly weight?: number;
  readonly endpoints: readonly SampleEndpoint[];
}

/** Key of an endpoint. */
export function keyOf(n: number): string {
  return `10.0.${n >> 8}.${n & 0xff}:8080`;
}

export function sampleEndpoint({ n, weight = 1, health = 'healthy', labels }: SampleEndpoint): EndpointConfig {
  return {
    address: { kind: 'tcp', address: `10.0.${n >> 8}.${n & 0xff}`, port: 8080 },
    hostname: '',
    health,
    weight,
    metadata: labels ? { 'envoy.lb': labels } : {},
  };
}

export function sampleEndpoints(localities: readonly SampleLocality[]): EndpointsConfig {
  return {
    clusterName: 'c',
    overprovisioningFactor: 140,
    localities: localities.map(({ zone = 'z', priority = 0, weight = 0, endpoints }): LocalityConfig => ({
      locality: { region: 'r', zone, subZone: '' },
      priority,
      weight,
      endpoints: endpoints.map(sampleEndpoint),
    })),
  };
}

/** So many equal endpoints of one locality and priority. */
export function plainEndpoints(count: number): EndpointsConfig {
  return sampleEndpoints([{ endpoints: Array.from({ length: count }, (_, n) => ({ n })) }]);
}

/** Hosts with Envoy's default panic threshold and a clock that stands still, unless said otherwise. */
export function sampleHosts(endpoints: EndpointsConfig, params: Partial<HostSetParams> = {}): HostSet {
  const hosts = new HostSet({ healthyPanicThreshold: 50, localityWeighted: false, now: () => 0, ...params });
  hosts.update(endpoints);
  return hosts;
}

/** How often each of so many picks chose which host, by key; `none` counts picks without a host. */
export function countPicks(picks: number, pick: () => { readonly key: string } | undefined): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < picks; i++) {
    const key = pick()?.key ?? 'none';
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
