import { readdirSync, readFileSync } from 'node:fs';
import { hostOf, type Workload } from '../mesh/workload.ts';

/** What Envoy's admin pages say of a workload's own proxy. */
async function admin<T>(workload: Workload, page: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${workload.adminPort}${page}`, { signal: AbortSignal.timeout(5000) });
  return (await response.json()) as T;
}

interface Certificates {
  readonly certificates: readonly {
    readonly cert_chain: readonly { readonly serial_number: string; readonly expiration_time: string }[];
  }[];
}

/** The certificate with the latest end that the proxy serves with. `notAfter` is in milliseconds since the epoch. */
export async function servingCertificate(workload: Workload): Promise<{ serial: string; notAfter: number }> {
  const { certificates } = await admin<Certificates>(workload, '/certs');
  const leaves = certificates
    .flatMap(({ cert_chain: chain }) => chain.slice(0, 1))
    .map((leaf) => ({ serial: leaf.serial_number, notAfter: Date.parse(leaf.expiration_time) }));
  const newest = leaves.sort((a, b) => b.notAfter - a.notAfter)[0];
  if (newest === undefined) throw new Error(`${workload.plan.name} has no certificate`);
  return newest;
}

interface Clusters {
  readonly cluster_statuses: readonly {
    readonly name: string;
    readonly host_statuses?: readonly {
      readonly address: { readonly socket_address: { readonly port_value: number } };
    }[];
  }[];
}

/** Ports of the endpoints that the proxy has for a service of the sample. */
export async function endpointsOf(workload: Workload, service: string): Promise<readonly number[]> {
  const { cluster_statuses: clusters } = await admin<Clusters>(workload, '/clusters?format=json');
  const cluster = clusters.find(({ name }) => name.endsWith(`||${hostOf(service)}`));
  return (cluster?.host_statuses ?? []).map(({ address }) => address.socket_address.port_value);
}

/** Process id of the workload's proxy: the process whose command line names the workload's folder. */
export async function envoyPid(workload: Workload): Promise<number> {
  const { command_line_options: options } = await admin<{ command_line_options: { config_path: string } }>(
    workload,
    '/server_info',
  );
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const commandLine = commandLineOf(entry);
    if (options.config_path !== '' && commandLine.includes(options.config_path)) return Number(entry);
  }
  throw new Error(`no proxy of ${workload.plan.name}`);
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
