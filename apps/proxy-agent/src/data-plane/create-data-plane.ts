import { createRequire } from 'node:module';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { programNodeOptions } from '@malla/dataplane';
import {
  bootstrapJson,
  createBootstrap,
  defaultSupervisorOptions,
  LocalEnvoyHost,
  systemTimers,
  type AdminAddress,
  type BootstrapNode,
  type EnvoyOptions,
  type SupervisorOptions,
} from '@malla/envoy';
import { formatPeerMetadata, peerMetadataVariable, traceEnvironment } from '@malla/ir';
import { MallaError } from '@malla/model';
import { findBinary, processInput } from '@malla/settings';
import type { Logger } from 'pino';
import type { AgentSettings } from '../settings/agent-settings.ts';
import { traceVariables } from '../workload/trace-variables.ts';
import { peerMetadata } from '../workload/workload.ts';
import type { DataPlane } from './data-plane.ts';
import { EnvoyDataPlane } from './envoy-data-plane.ts';
import { ExternalDataPlane } from './external-data-plane.ts';
import { grpcBootstrapJson } from './grpc-bootstrap.ts';

export interface CreateDataPlaneParams {
  readonly settings: AgentSettings;
  readonly node: BootstrapNode;
  /** The socket that it takes its configuration from. */
  readonly socketPath: string;
  readonly logger: Logger;
}

/**
 * The data plane that the settings ask for.
 * @throws MallaError `not_found` without an Envoy program
 */
export function createDataPlane(params: CreateDataPlaneParams): DataPlane {
  switch (params.settings.dataPlane) {
    case 'envoy':
      return supervised(params, { binary: envoyBinary() });
    case 'builtin':
      return supervised(params, builtinProgram());
    case 'grpc':
    case 'none':
      return external(params);
  }
}

/** File in the state folder that a gRPC application names in GRPC_XDS_BOOTSTRAP. */
const grpcBootstrapFile = 'grpc-bootstrap.json';

function external({ settings, node, socketPath }: CreateDataPlaneParams): DataPlane {
  const bootstrapPath = join(settings.stateDir, grpcBootstrapFile);
  return new ExternalDataPlane({ bootstrapPath, bootstrap: grpcBootstrapJson(node, socketPath) });
}

/** Time to deregister, and what else a stop needs besides the drain. */
const stopOverheadMs = 4_000;

/** The drain's share of the time that a stop may take. */
export function supervisorOptions(settings: AgentSettings): SupervisorOptions {
  const left = settings.shutdownTimeout - stopOverheadMs - defaultSupervisorOptions.minDrainMs;
  return {
    ...defaultSupervisorOptions,
    exitTimeoutMs: 1_000,
    maxDrainMs: Math.max(0, Math.min(settings.drainDuration, left)),
  };
}

/** A program that is run and asked as Envoy is. */
type ProxyProgram = Pick<EnvoyOptions, 'binary' | 'programArguments'>;

/** Both data planes share one folder, so that an agent that is told to change ends the other one first. */
function supervised({ settings, node, socketPath, logger }: CreateDataPlaneParams, program: ProxyProgram): DataPlane {
  const stateDir = join(settings.stateDir, 'envoy');
  const options = supervisorOptions(settings);
  const admin: AdminAddress =
    settings.envoyAdminPort === 0
      ? { kind: 'unix', path: join(stateDir, 'admin.sock') }
      : { kind: 'tcp', socket: { address: '127.0.0.1', port: settings.envoyAdminPort } };
  const bootstrap = createBootstrap({
    node,
    agentSocket: socketPath,
    admin,
    agentHttp: { address: settings.httpHost === '0.0.0.0' ? '127.0.0.1' : settings.httpHost, port: settings.httpPort },
    ...listeners(settings),
    xds: settings.envoyXds,
    domainSuffix: settings.domainSuffix,
    limits: {
      maxConnections: settings.envoyMaxConnections,
      ...(settings.envoyMaxHeapBytes === undefined ? {} : { maxHeapBytes: settings.envoyMaxHeapBytes }),
    },
    statsPrefixes: settings.envoyStatsPrefixes,
  });
  const host = new LocalEnvoyHost({
    stateDir,
    bootstrap: bootstrapJson(bootstrap),
    options: {
      ...program,
      environment: {
        [peerMetadataVariable]: formatPeerMetadata(peerMetadata(settings)),
        ...traceVariables(settings, processInput().env[traceEnvironment.resource]),
      },
      concurrency: settings.envoyConcurrency,
      logLevel: settings.envoyLogLevel,
      drainMs: options.minDrainMs + options.maxDrainMs,
    },
    timers: systemTimers,
  });
  return new EnvoyDataPlane({ host, admin, options, logger });
}

function listeners({ envoyPrometheusPort, envoyReadinessPort, addresses }: AgentSettings) {
  const ipv6 = addresses.some((address) => isIPv6(address));
  const everywhere = (port: number) => ({
    address: '0.0.0.0',
    port,
    // On a host without IPv6 Envoy would not start.
    ...(ipv6 && { also: { address: '::', port } }),
  });
  return {
    ...(envoyPrometheusPort === 0 ? {} : { prometheus: everywhere(envoyPrometheusPort) }),
    ...(envoyReadinessPort === 0 ? {} : { readiness: everywhere(envoyReadinessPort) }),
  };
}

/** The built-in data plane: this Node.js, and its program. */
function builtinProgram(): ProxyProgram {
  const program = createRequire(import.meta.url).resolve('@malla/dataplane/program');
  return { binary: process.execPath, programArguments: [...programNodeOptions, program] };
}

function envoyBinary(): string {
  const found = findBinary({ name: 'envoy', variable: 'MALLA_ENVOY', env: processInput().env, cwd: process.cwd() });
  if (found.found) return found.path;
  throw new MallaError('not_found', found.message);
}
