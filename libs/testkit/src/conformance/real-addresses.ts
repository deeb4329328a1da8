import { freePorts } from '../network/free-ports.ts';
import type { FixtureAddresses, FixtureWorkload } from './mesh.ts';
import type { RealApplications } from './real-applications.ts';

/** Ports of a run with real processes: applications have theirs, proxies get free ones. */
export class RealAddresses implements FixtureAddresses {
  readonly #applications: RealApplications;
  readonly #ports: ReadonlyMap<string, number>;

  private constructor(applications: RealApplications, ports: ReadonlyMap<string, number>) {
    this.#applications = applications;
    this.#ports = ports;
  }

  static async choose(workloads: readonly FixtureWorkload[], applications: RealApplications): Promise<RealAddresses> {
    const keys = workloads.flatMap(({ name, calls, ports, proxied }) => [
      ...(proxied ? [`proxy ${name}`] : []),
      ...calls.map((called) => `outbound ${name} ${called}`),
      // Behind a proxy peers meet the proxy's port; where nothing listens they meet a port that stays closed.
      ...Object.keys(ports).map((port) => `inbound ${name} ${port}`),
    ]);
    const free = await freePorts(keys.length);
    const chosen = new Map(keys.map((key, index) => [key, free[index] as number]));
    for (const { name, ports, proxied } of workloads) {
      for (const port of proxied ? [] : Object.keys(ports)) {
        const own = applications.portOf(name, Number(port));
        if (own !== undefined) chosen.set(`inbound ${name} ${port}`, own);
      }
    }
    return new RealAddresses(applications, chosen);
  }

  readonly inbound = (workload: string, port: number): number => this.#get(`inbound ${workload} ${port}`);

  readonly application = (workload: string, port: number): number =>
    this.#applications.portOf(workload, port) ?? this.inbound(workload, port);

  readonly outbound = (workload: string, service: string): number => this.#get(`outbound ${workload} ${service}`);

  readonly httpProxy = (workload: string): number => this.#get(`proxy ${workload}`);

  #get(key: string): number {
    const port = this.#ports.get(key);
    if (port === undefined) throw new Error(`the base mesh has no port for ${key}`);
    return port;
  }
}
