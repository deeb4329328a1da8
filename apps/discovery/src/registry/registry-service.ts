import type { CallInfo, ServiceHandlers } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { logFields } from '@malla/observability';
import type { RegisterRequest, Workload, WorkloadRegistry } from '@malla/protos/gen/malla/registry/v1/registry_pb';
import { parseWorkloadId } from '@malla/spiffe';
import ipaddr from 'ipaddr.js';
import type { Logger } from 'pino';
import type { WorkloadDirectory } from './workload-directory.ts';
import { fromRequest, workloadId } from './workload-record.ts';

export interface RegistryServiceParams {
  readonly directory: Pick<WorkloadDirectory, 'register' | 'deregister' | 'get'>;
  /** Whether a Pod of the cluster has a name, as `<namespace>/<name>`: that one is in the mesh already. */
  readonly isPod: (id: string) => boolean;
  readonly trustDomain: string;
  readonly leaseMs: number;
  readonly logger: Logger;
  /** Resolves when connected proxies have taken the removal of endpoints, or after a bound. */
  readonly settled: () => Promise<void>;
}

const maxLabels = 64;
const maxPorts = 256;
const maxAddresses = 16;
/** RFC 1123 subdomain, as Kubernetes names pods. */
const namePattern = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** malla.registry.v1.WorkloadRegistry: a caller registers workloads of its own namespace and service account, nothing else. */
export function registryHandlers(params: RegistryServiceParams): ServiceHandlers<typeof WorkloadRegistry> {
  const { directory, logger, leaseMs } = params;
  return {
    async register(request, call) {
      const workload = checked(request);
      const caller = authenticate(call, params.trustDomain);
      authorize(caller, workload.namespace, workload.serviceAccount);
      const id = workloadId(workload.namespace, workload.name);
      if (params.isPod(id)) throw podHasName(workload);
      const known = directory.get(id)?.workload;
      const fields = { workload: id, [logFields.peer]: call.peer };
      if (known === undefined) logger.info(fields, 'Workload registered');
      else {
        refuseTakenName(workload, known);
        if (!sameAddresses(workload, known)) {
          const moved = { before: known.addresses, after: workload.addresses };
          logger.warn(
            { ...fields, ...moved },
            'Workload is at another address; if that repeats, two agents have its name',
          );
        }
      }
      await directory.register(id, fromRequest(request));
      return { leaseMs: BigInt(leaseMs) };
    },
    async deregister(request, call) {
      const caller = authenticate(call, params.trustDomain);
      const id = workloadId(request.namespace, request.name);
      const known = directory.get(id);
      authorize(caller, request.namespace, known?.workload.serviceAccount ?? caller.serviceAccount);
      await directory.deregister(id);
      logger.info({ workload: id, [logFields.peer]: call.peer }, 'Workload deregistered');
      await params.settled();
      return {};
    },
  };
}

interface Caller {
  readonly namespace: string;
  readonly serviceAccount: string;
}

function authenticate(call: CallInfo, trustDomain: string): Caller {
  const identity = call.peer === undefined ? undefined : parseWorkloadId(call.peer);
  if (identity === undefined)
    throw new MallaError('unauthenticated', 'the caller showed no workload certificate of this mesh');
  if (identity.trustDomain !== trustDomain) {
    throw new MallaError(
      'permission_denied',
      `trust domain "${identity.trustDomain}" is not this mesh's, "${trustDomain}"`,
    );
  }
  return identity;
}

function authorize(caller: Caller, namespace: string, serviceAccount: string): void {
  if (caller.namespace === namespace && caller.serviceAccount === serviceAccount) return;
  throw new MallaError(
    'permission_denied',
    `the certificate is for ${caller.namespace}/${caller.serviceAccount}, the workload for ${namespace}/${serviceAccount}: ` +
      'get a join token for the service account that the workload names',
  );
}

/** A name belongs to a service account while its lease lives: another one must not take its place in rotation. */
function refuseTakenName(wanted: Workload, known: Workload): void {
  const { name, namespace, serviceAccount } = known;
  if (wanted.serviceAccount === serviceAccount) return;
  throw new MallaError(
    'already_exists',
    `the workload name ${name} in ${namespace} is in use by service account ${serviceAccount}: ` +
      'choose another name, or wait until its lease has ended',
  );
}

/** Its agent need not register, and nobody else may under its name. */
function podHasName({ name, namespace }: Workload): MallaError {
  return new MallaError(
    'already_exists',
    `${name} in ${namespace} is a Pod, which the mesh knows from Kubernetes: ` +
      'in a Pod set MALLA_REGISTRATION=off, elsewhere choose another name',
  );
}

function sameAddresses(wanted: Workload, known: Workload): boolean {
  return (
    wanted.addresses.length === known.addresses.length && wanted.addresses.every((a) => known.addresses.includes(a))
  );
}

/** The workload of a registration, within bounds. */
function checked(request: RegisterRequest) {
  const { workload } = request;
  if (workload === undefined) throw new MallaError('invalid', 'workload: must be set');
  if (workload.name === '' || workload.namespace === '')
    throw new MallaError('invalid', 'workload.name and workload.namespace: must be set');
  const { addresses, ports, labels } = workload;
  if (addresses.length === 0 || addresses.length > maxAddresses)
    throw new MallaError('invalid', `workload.addresses: must be 1 to ${maxAddresses}`);
  for (const address of addresses) {
    if (!ipaddr.isValid(address))
      throw new MallaError('invalid', `workload.addresses: "${address}" is not an IP address`);
  }
  if (Object.keys(ports).length > maxPorts) throw new MallaError('invalid', `workload.ports: more than ${maxPorts}`);
  for (const [name, port] of Object.entries(ports)) {
    if (port < 1 || port > 65_535) throw new MallaError('invalid', `workload.ports[${name}]: ${port} is not a port`);
  }
  if (Object.keys(labels).length > maxLabels)
    throw new MallaError('invalid', `workload.labels: more than ${maxLabels}`);
  refuseLongTexts(workload);
  return workload;
}

/** What a workload says of itself reaches every proxy: each text has Kubernetes' length. */
function refuseLongTexts({ name, labels, ports, network, locality, cluster }: Workload): void {
  if (!namePattern.test(name))
    throw new MallaError('invalid', `workload.name: "${name.slice(0, 80)}" is not a DNS subdomain`);
  const texts: readonly (readonly [string, string, number])[] = [
    ['network', network, 253],
    ['locality', locality, 253],
    ['cluster', cluster, 253],
    ...Object.keys(ports).map((port) => ['ports', port, 63] as const),
    ...Object.entries(labels).flatMap(([key, value]) => [
      ['labels', key, 317] as const,
      [`labels[${key.slice(0, 80)}]`, value, 63] as const,
    ]),
  ];
  for (const [field, text, most] of texts) {
    if (text.length > most) throw new MallaError('invalid', `workload.${field}: longer than ${most} characters`);
  }
}
