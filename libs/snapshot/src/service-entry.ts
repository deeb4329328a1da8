import type { ServiceEntry } from '@malla/model';
import type { MeshService, MeshServicePort } from './service.ts';
import { workloadOfEntry, type MeshWorkload } from './workload.ts';

/** Protocols of ServiceEntries as `appProtocol` has them; others are bytes. Source: Istio pkg/config/protocol */
const appProtocols: Readonly<Record<string, string>> = {
  HTTP: 'http',
  HTTP2: 'http2',
  GRPC: 'grpc',
  'GRPC-WEB': 'grpc-web',
};

/** The services of a ServiceEntry, one for each host. Only what is enforced comes here: STATIC and DNS, addresses that are IP addresses. */
export function servicesOfEntry(resource: ServiceEntry): readonly MeshService[] {
  const { metadata, spec } = resource;
  const { namespace = '' } = metadata;
  const { workloadSelector, addresses = [], exportTo = [] } = spec;
  const ports = (spec.ports ?? []).map(({ name, number, targetPort, protocol }): MeshServicePort => ({
    name,
    port: number,
    targetPort: targetPort ?? number,
    appProtocol: appProtocols[(protocol ?? '').toUpperCase()] ?? 'tcp',
  }));
  const [virtualAddress, secondaryAddress] = addresses;
  return (spec.hosts ?? []).map((written) => {
    const host = written.toLowerCase();
    const endpoints = workloadSelector === undefined ? { endpoints: endpointsOf(resource, host) } : {};
    return {
      host,
      name: host,
      namespace,
      ports,
      ...(virtualAddress === undefined ? {} : { virtualAddress }),
      ...(secondaryAddress === undefined ? {} : { secondaryAddress }),
      ...(workloadSelector?.labels === undefined ? {} : { selector: workloadSelector.labels }),
      exportTo,
      entry: { external: spec.location !== 'MESH_INTERNAL', resolves: spec.resolution === 'DNS', ...endpoints },
    };
  });
}

/** Without endpoints a name that is looked up is its own. Sorted by name, each name once. */
function endpointsOf({ metadata, spec }: ServiceEntry, host: string): readonly MeshWorkload[] {
  const { namespace = '' } = metadata;
  const written = spec.endpoints ?? (spec.resolution === 'DNS' ? [{ address: host }] : []);
  return written
    .map((endpoint, i) => {
      const name = `${host}-${String(i).padStart(4, '0')}`;
      const workload = workloadOfEntry({
        apiVersion: 'networking.istio.io/v1',
        kind: 'WorkloadEntry',
        metadata: { name, namespace },
        spec: endpoint,
      });
      return { ...workload, mutualTls: spec.location === 'MESH_INTERNAL' && workload.mutualTls };
    })
    .filter(({ addresses }) => addresses.length > 0);
}
