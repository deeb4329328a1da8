import type { HostNames } from '@malla/pki';
import { controlPlaneNamespace, controlPlaneServiceOf } from '@malla/spiffe';

const loopback4 = Buffer.of(127, 0, 0, 1);
const loopback6 = Buffer.concat([Buffer.alloc(15), Buffer.of(1)]);

/** No names besides the SPIFFE id: what a workload gets. */
const noHostNames: HostNames = { dnsNames: [], ipAddresses: [] };

/**
 * Names of hosts for a certificate. Malla's own services also serve clients that know servers by host name (kubectl, browsers), so their
 * certificates name the service in Kubernetes, this machine, and what they ask for besides. Those names give nobody more rights: inside the
 * mesh only the SPIFFE id counts. Workloads get none.
 */
export function serverNames(spiffeId: string, trustDomain: string, requested: HostNames = noHostNames): HostNames {
  const service = controlPlaneServiceOf(spiffeId, trustDomain);
  if (service === undefined) return noHostNames;
  const name = `${service}.${controlPlaneNamespace}`;
  const dnsNames = new Set([`${name}.svc`, `${name}.svc.${trustDomain}`, name, 'localhost', ...requested.dnsNames]);
  return { dnsNames: [...dnsNames], ipAddresses: [loopback4, loopback6, ...requested.ipAddresses.filter(isNew)] };
}

function isNew(address: Uint8Array): boolean {
  return Buffer.compare(address, loopback4) !== 0 && Buffer.compare(address, loopback6) !== 0;
}
