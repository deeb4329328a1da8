import { mkdirSync, writeFileSync } from 'node:fs';
import type { Child } from './child-process.ts';
import type { ControlPlane } from './control-plane.ts';
import { answersOk, type Environment } from './environment.ts';
import { gatewayPort, namespace, servicePort, type WorkloadPlan } from './topology.ts';

/** What starts a workload, besides its plan. */
export interface WorkloadContext {
  readonly environment: Environment;
  readonly controlPlane: ControlPlane;
  readonly dataPlane: string;
  /** A join token for a service account of the sample's namespace. */
  readonly token: (serviceAccount: string) => Promise<string>;
}

/** A running workload: its application, its agent, and its ports. */
export interface Workload {
  readonly plan: WorkloadPlan;
  /** Absent for the load generator and a gateway. Another one after a restart. */
  app: Child | undefined;
  /** Its present agent: another one after a restart. */
  agent: Child;
  /** The application itself, past its proxy. */
  readonly appUrl: string;
  /** Where peers reach it, through its proxy. */
  readonly inboundUrl: string;
  /** The agent's health and metrics. */
  readonly agentUrl: string;
  /** Envoy's admin pages on loopback. */
  readonly adminPort: number;
  /** Service to the listener of its proxy for calls to it. */
  readonly outbound: ReadonlyMap<string, string>;
  /** Resolves when the proxy serves with its configuration. */
  ready(): Promise<void>;
  /** Starts the agent again as it was first started. */
  restartAgent(): Promise<void>;
  /** Ends the agent gracefully, then the application, and starts both again, as a rollout does. */
  restart(): Promise<void>;
}

/** What peers reach: an application behind its proxy, or a gateway at the port that it takes for its Service's. */
function bindsOf(
  { service, router }: WorkloadPlan,
  { app, inbound }: { readonly app: number; readonly inbound: number },
): Record<string, string> {
  if (router === true) return { MALLA_PROXY_TYPE: 'router', MALLA_PORTS: `${gatewayPort}=${inbound}` };
  if (service === undefined) return {};
  return {
    MALLA_INBOUND: `${servicePort}=127.0.0.1:${inbound}>127.0.0.1:${app}`,
    MALLA_APP_HEALTH: `tcp://127.0.0.1:${app}`,
  };
}

/** How many ports a workload needs: application, inbound, agent, Envoy's admin, and one for each service that it calls. */
export function portsOf(plan: WorkloadPlan): number {
  return 4 + plan.calls.length;
}

/** Starts the application and the agent of a workload on these ports, as many as {@link portsOf} says. */
export async function startWorkload(
  plan: WorkloadPlan,
  ports: readonly number[],
  context: WorkloadContext,
): Promise<Workload> {
  const { environment } = context;
  const [app, inbound, agentHttp, admin] = ports as [number, number, number, number];
  const outbound = new Map(plan.calls.map((service, i) => [service, `http://127.0.0.1:${ports[4 + i]}`]));
  const folder = environment.path('workloads', plan.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(`${folder}/token`, await context.token(plan.serviceAccount), { mode: 0o600 });
  const { service } = plan;
  const startApp = (): Child | undefined =>
    service === undefined ? undefined : startApplication(service, plan, context, app, outbound);
  const binds = bindsOf(plan, { app, inbound });
  const agentUrl = `http://127.0.0.1:${agentHttp}`;
  const startAgent = (): Child =>
    environment.startApp(`${plan.name}-agent`, 'proxy-agent', {
      ...agentVariables(plan, context, folder),
      ...binds,
      MALLA_OUTBOUND: [...outbound]
        .map(([service, url]) => `${hostOf(service)}:${servicePort}=${new URL(url).host}`)
        .join(','),
      MALLA_HTTP_PORT: String(agentHttp),
      MALLA_ENVOY_ADMIN_PORT: String(admin),
    });
  const workload: Workload = {
    plan,
    app: startApp(),
    agent: startAgent(),
    appUrl: `http://127.0.0.1:${app}`,
    inboundUrl: `http://127.0.0.1:${inbound}`,
    agentUrl,
    adminPort: admin,
    outbound,
    ready: () => workload.agent.waitFor('its proxy was ready', () => answersOk(`${agentUrl}/healthz/ready`)),
    async restartAgent() {
      workload.agent = startAgent();
      await workload.ready();
    },
    async restart() {
      await workload.agent.stop();
      await workload.app?.stop();
      workload.app = startApp();
      await workload.restartAgent();
    },
  };
  return workload;
}

function startApplication(
  service: string,
  plan: WorkloadPlan,
  { environment }: WorkloadContext,
  port: number,
  outbound: ReadonlyMap<string, string>,
): Child {
  const options = ['--name', service, '--version', plan.version, '--port', String(port)];
  if (plan.failStatus !== undefined) options.push('--fail-status', String(plan.failStatus));
  for (const [upstream, url] of outbound) options.push('--upstream', `${upstream}=${url}`);
  const args = [environment.program('demo', 'services/main.js'), ...options];
  return environment.start({ name: `${plan.name}-app`, command: process.execPath, args, env: {} });
}

function agentVariables(
  plan: WorkloadPlan,
  { controlPlane, dataPlane }: WorkloadContext,
  folder: string,
): Record<string, string> {
  return {
    MALLA_WORKLOAD_NAME: plan.name,
    MALLA_NAMESPACE: namespace,
    MALLA_SERVICE_ACCOUNT: plan.serviceAccount,
    MALLA_LABELS: `app=${plan.service ?? plan.name},version=${plan.version}${plan.router ? ',istio=ingressgateway' : ''}`,
    MALLA_ADDRESS: '127.0.0.1',
    MALLA_INTERCEPTION_MODE: 'NONE',
    MALLA_DATA_PLANE: dataPlane,
    MALLA_DISCOVERY_ADDRESS: controlPlane.discoveryAddress,
    MALLA_CA_ADDRESS: controlPlane.caAddress,
    MALLA_CA_ROOT_FILE: controlPlane.rootFile,
    MALLA_TELEMETRY_ADDRESS: controlPlane.telemetryAddress,
    MALLA_TOKEN_FILE: `${folder}/token`,
    MALLA_STATE_DIR: folder,
    MALLA_ENVOY_CONCURRENCY: '1',
    MALLA_ENVOY_PROMETHEUS_PORT: '0',
    MALLA_ENVOY_READINESS_PORT: '0',
  };
}

/** Fully qualified host of a service of the sample. */
export function hostOf(service: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}
