import { mkdirSync, readFileSync } from 'node:fs';
import { findBinary, processInput } from '@malla/settings';
import { answersOk, type Environment } from './environment.ts';
import { freePorts } from './free-ports.ts';
import type { Child } from './child-process.ts';

/** A running control plane, and where others reach it. */
export interface ControlPlane {
  readonly caAddress: string;
  readonly rootFile: string;
  readonly discoveryAddress: string;
  readonly telemetryAddress: string;
  readonly telemetryUrl: string;
  readonly restPort: number;
  /** Where each service serves its metrics: name to `host:port`. */
  readonly metrics: Readonly<Record<string, string>>;
  /** Written by config-api on its first start. */
  readonly kubeconfig: string;
  /** By name; for tests that end one. */
  readonly services: ReadonlyMap<string, Child>;
  /** Process id of the database server that config-api runs. */
  postgresPid(): number;
  /** Starts a service again as it was first started. */
  restart(name: string): Promise<void>;
}

/** Settings of a service, and the port of its health. */
interface ServicePlan {
  readonly env: Readonly<Record<string, string>>;
  readonly httpPort: number;
}

export interface ControlPlaneOptions {
  /** Life of workload certificates, such as `30s`; default: the authority's. */
  readonly certTtl?: string;
}

/** Starts Redis and Malla's four services, each in a folder of its own; resolves when all are ready. */
export async function startControlPlane(
  environment: Environment,
  options: ControlPlaneOptions = {},
): Promise<ControlPlane> {
  const ports = await freePorts(10);
  const [redis, ca, rest, config, discovery, telemetry] = ports as [number, number, number, number, number, number];
  const [caHttp, configHttp, discoveryHttp, telemetryHttp] = ports.slice(6) as [number, number, number, number];
  const caFolder = environment.path('certificate-authority');
  const postgresFolder = environment.path('postgres');
  const common = (service: string, httpPort: number) => ({
    MALLA_HTTP_PORT: String(httpPort),
    MALLA_GRPC_HOST: '127.0.0.1',
    MALLA_CA_ADDRESS: `127.0.0.1:${ca}`,
    MALLA_CA_ROOT_FILE: `${caFolder}/root-cert.pem`,
    MALLA_TOKEN_FILE: `${caFolder}/bootstrap/${service}.token`,
    MALLA_STATE_DIR: environment.path(service),
    REDIS_URL: `redis://127.0.0.1:${redis}`,
  });
  const plans: Record<string, ServicePlan> = {
    'certificate-authority': {
      httpPort: caHttp,
      env: {
        MALLA_HTTP_PORT: String(caHttp),
        MALLA_GRPC_HOST: '127.0.0.1',
        MALLA_GRPC_PORT: String(ca),
        MALLA_CA_DIR: caFolder,
        ...(options.certTtl !== undefined && { MALLA_WORKLOAD_CERT_TTL: options.certTtl }),
      },
    },
    'config-api': {
      httpPort: configHttp,
      env: {
        ...common('config-api', configHttp),
        // A folder that the database's own user can reach, also when root starts the demo.
        MALLA_POSTGRES_DIR: postgresFolder,
        MALLA_REST_PORT: String(rest),
        MALLA_REST_HOST: '127.0.0.1',
        MALLA_GRPC_PORT: String(config),
      },
    },
    discovery: {
      httpPort: discoveryHttp,
      env: {
        ...common('discovery', discoveryHttp),
        MALLA_GRPC_PORT: String(discovery),
        MALLA_CONFIG_ADDRESS: `127.0.0.1:${config}`,
      },
    },
    'policy-telemetry': {
      httpPort: telemetryHttp,
      env: {
        ...common('policy-telemetry', telemetryHttp),
        MALLA_GRPC_PORT: String(telemetry),
        MALLA_CONFIG_ADDRESS: `127.0.0.1:${config}`,
      },
    },
  };
  const services = new Map<string, Child>();
  const start = (name: string): void => {
    services.set(name, environment.startApp(name, name, plans[name]!.env));
  };
  const ready = (name: string): Promise<void> =>
    services
      .get(name)!
      .waitFor('it was ready', () => answersOk(`http://127.0.0.1:${plans[name]!.httpPort}/healthz/ready`));

  services.set('redis', startRedis(environment, redis));
  for (const name of Object.keys(plans)) start(name);
  for (const name of Object.keys(plans)) await ready(name);
  return {
    caAddress: `127.0.0.1:${ca}`,
    rootFile: `${caFolder}/root-cert.pem`,
    discoveryAddress: `127.0.0.1:${discovery}`,
    telemetryAddress: `127.0.0.1:${telemetry}`,
    telemetryUrl: `http://127.0.0.1:${telemetryHttp}`,
    restPort: rest,
    metrics: Object.fromEntries(Object.entries(plans).map(([name, { httpPort }]) => [name, `127.0.0.1:${httpPort}`])),
    kubeconfig: environment.path('config-api', 'kubeconfig'),
    services,
    postgresPid: () => Number(readFileSync(`${postgresFolder}/cluster/data/postmaster.pid`, 'utf8').split('\n')[0]),
    async restart(name) {
      if (name === 'redis') services.set('redis', startRedis(environment, redis));
      else {
        start(name);
        await ready(name);
      }
    },
  };
}

function startRedis(environment: Environment, port: number): Child {
  const program = redisProgram();
  const folder = environment.path('redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  return environment.start({ name: 'redis', command: program, args, env: {} });
}

/** @throws Error that tells where Redis was looked for */
function redisProgram(): string {
  const { env } = processInput();
  const search = (name: string) => findBinary({ name, variable: 'MALLA_REDIS_SERVER', env, cwd: import.meta.dirname });
  const redis = search('redis-server');
  const found = redis.found ? redis : search('valkey-server');
  if (!found.found) throw new Error(found.message);
  return found.path;
}
