import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoMesh, SignalRow } from '../checks/check.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import type { SampleStats } from '../services/sample-service.ts';
import { runToEnd } from './child-process.ts';
import { startControlPlane, type ControlPlane, type ControlPlaneOptions } from './control-plane.ts';
import type { Environment } from './environment.ts';
import { freePorts } from './free-ports.ts';
import { namespace, workloads, type WorkloadPlan } from './topology.ts';
import { portsOf, startWorkload, type Workload } from './workload.ts';

export interface StartMeshParams extends ControlPlaneOptions {
  readonly environment: Environment;
  /** Such as `envoy`. */
  readonly dataPlane: string;
  readonly plans?: readonly WorkloadPlan[];
  /** Told of each step. */
  readonly progress: (text: string) => void;
}

interface ProxyRow {
  readonly id: string;
  readonly revision: string;
  readonly types: Readonly<Record<string, { readonly nacked?: { readonly message: string } }>>;
}

/** Ends what hangs; a refusal is noticed at once. */
const acknowledgeTimeoutMs = 120_000;

/** A whole mesh of processes on this machine: control plane, sample workloads, load generator. Driven as a user drives it, by mallactl. */
export class RunningMesh implements DemoMesh {
  readonly load = new LoadGenerator();
  readonly controlPlane: ControlPlane;
  readonly workloads: ReadonlyMap<string, Workload>;
  readonly #environment: Environment;

  private constructor(environment: Environment, controlPlane: ControlPlane, running: readonly Workload[]) {
    this.#environment = environment;
    this.controlPlane = controlPlane;
    this.workloads = new Map(running.map((workload) => [workload.plan.name, workload]));
  }

  /** Starts everything; resolves when every proxy is ready. */
  static async start(params: StartMeshParams): Promise<RunningMesh> {
    const { environment, dataPlane, progress } = params;
    progress('starting the control plane');
    const controlPlane = await startControlPlane(environment, params);
    const mallactl = mallactlOf(environment, controlPlane);
    progress('applying the sample');
    await mallactl('apply', '-f', configFile(environment, 'bookinfo.yaml'));
    progress('starting workloads and their proxies');
    const plans = params.plans ?? workloads;
    const tokens = new Map<string, Promise<string>>();
    for (const { serviceAccount } of plans) {
      if (tokens.has(serviceAccount)) continue;
      tokens.set(serviceAccount, mallactl('token', 'create', '-n', namespace, '--service-account', serviceAccount));
    }
    const context = {
      environment,
      controlPlane,
      dataPlane,
      token: (serviceAccount: string) => tokens.get(serviceAccount)!,
    };
    // All at once: ports of one call are surely different.
    const ports = await freePorts(plans.reduce((sum, plan) => sum + portsOf(plan), 0));
    const running = await Promise.all(
      plans.map((plan) => startWorkload(plan, ports.splice(0, portsOf(plan)), context)),
    );
    await Promise.all(running.map((workload) => workload.ready()));
    return new RunningMesh(environment, controlPlane, running);
  }

  urlOf(service: string): string {
    const url = this.#workload('loadgen').outbound.get(service);
    if (url === undefined) throw new Error(`the load generator does not call ${service}`);
    return url;
  }

  get gatewayUrl(): string {
    return this.#workload('gateway').inboundUrl;
  }

  async apply(file: string): Promise<void> {
    const output = await this.mallactl('apply', '-f', configFile(this.#environment, file), '-o', 'json');
    await this.acknowledged(newestRevision(output));
  }

  /** Runs mallactl against this mesh; resolves to its output. */
  mallactl(...args: readonly string[]): Promise<string> {
    return mallactlOf(this.#environment, this.controlPlane)(...args);
  }

  async statsOf(workload: string): Promise<SampleStats> {
    return json(`${this.#workload(workload).appUrl}/stats`);
  }

  async signals(): Promise<readonly SignalRow[]> {
    const answer = await json<{ items: readonly SignalRow[] }>(`${this.controlPlane.telemetryUrl}/api/v1/signals`);
    return answer.items;
  }

  /** Resolves when every workload's proxy has acknowledged a revision. @throws Error naming those that have not, or refuse */
  async acknowledged(revision: bigint): Promise<void> {
    const deadline = Date.now() + acknowledgeTimeoutMs;
    for (;;) {
      const behind = await this.#behind(revision);
      if (behind.length === 0) return;
      if (Date.now() > deadline) throw new Error(`revision ${revision} is not acknowledged by ${behind.join(', ')}`);
      await sleep(100);
    }
  }

  async stop(): Promise<void> {
    this.load.close();
    await this.#environment.stopAll();
  }

  async #behind(revision: bigint): Promise<string[]> {
    const rows = new Map((await this.#proxies()).map((row) => [row.id, row]));
    const behind: string[] = [];
    for (const name of this.workloads.keys()) {
      const row = rows.get(`${name}.${namespace}`);
      const refusal = Object.values(row?.types ?? {}).find((type) => type.nacked !== undefined)?.nacked;
      if (refusal !== undefined) throw new Error(`${name} refused its configuration: ${refusal.message}`);
      if (row === undefined || BigInt(row.revision) < revision) behind.push(name);
    }
    return behind;
  }

  async #proxies(): Promise<readonly ProxyRow[]> {
    return (JSON.parse(await this.mallactl('proxy-status', '-o', 'json')) as { items: readonly ProxyRow[] }).items;
  }

  #workload(name: string): Workload {
    const workload = this.workloads.get(name);
    if (workload === undefined) throw new Error(`no workload ${name}`);
    return workload;
  }
}

/** The newest resourceVersion in what `apply -o json` prints: one object or a List. */
function newestRevision(output: string): bigint {
  type Versioned = { readonly metadata?: { readonly resourceVersion?: string }; readonly items?: readonly Versioned[] };
  const printed = JSON.parse(output) as Versioned;
  const versions = (printed.items ?? [printed]).map((object) => BigInt(object.metadata?.resourceVersion ?? 0));
  return versions.reduce((a, b) => (a > b ? a : b), 0n);
}

function mallactlOf(environment: Environment, controlPlane: ControlPlane) {
  const program = environment.program('mallactl');
  const variables = environment.variables({ KUBECONFIG: controlPlane.kubeconfig, NO_COLOR: '1' });
  return (...args: readonly string[]): Promise<string> => runToEnd(process.execPath, [program, ...args], variables);
}

function configFile(environment: Environment, file: string): string {
  return path.join(environment.workspace, 'apps/demo/config', file);
}

async function json<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}
