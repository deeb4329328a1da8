import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceHandlers } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { logFields } from '@malla/observability';
import type { JoinTokenService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import { controlPlaneId, controlPlaneServiceOf, formatWorkloadId } from '@malla/spiffe';
import type { Logger } from 'pino';
import type { Callers } from './callers.ts';
import type { JoinTokens } from './join-tokens.ts';

export interface JoinTokenServiceParams {
  readonly tokens: JoinTokens;
  readonly callers: Callers;
  readonly trustDomain: string;
  readonly audit: Logger;
  /** In milliseconds. */
  readonly ttl: { readonly default: number; readonly longest: number };
}

/** RFC 1123 labels, as Kubernetes has them for namespaces; service accounts may have dots. */
const namespacePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const serviceAccountPattern = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Makes join tokens for config-api, which knows who may ask for them. Nobody else may. */
export function joinTokenHandlers(params: JoinTokenServiceParams): ServiceHandlers<typeof JoinTokenService> {
  const { tokens, callers, trustDomain, audit, ttl } = params;
  return {
    async createJoinToken({ namespace, serviceAccount, ttlSeconds, requestedBy }, call) {
      const peer = callers.identifyByCertificate(call);
      const actor = { [logFields.peer]: peer, [logFields.actor]: requestedBy };
      if (peer !== controlPlaneId('config-api', trustDomain)) {
        audit.warn({ ...actor, namespace, serviceAccount }, 'Join token refused');
        throw new MallaError('permission_denied', `${peer} may not make join tokens; only config-api may`);
      }
      const spiffeId = checkedId({ trustDomain, namespace, serviceAccount });
      const ttlMs = grantedTtl(ttlSeconds, ttl);
      const { token, expiresAt } = await tokens.create(spiffeId, ttlMs);
      const facts = { [logFields.identity]: spiffeId, [logFields.expiresAt]: new Date(expiresAt).toISOString() };
      audit.info({ ...actor, ...facts }, 'Join token made');
      return { token, spiffeId, expiresAt: timestampFromMs(expiresAt) };
    },
  };
}

function checkedId(identity: { trustDomain: string; namespace: string; serviceAccount: string }): string {
  const { trustDomain, namespace, serviceAccount } = identity;
  if (!namespacePattern.test(namespace))
    throw new MallaError('invalid', `"${namespace.slice(0, 80)}" is not a name of a namespace`);
  if (!serviceAccountPattern.test(serviceAccount)) {
    throw new MallaError('invalid', `"${serviceAccount.slice(0, 80)}" is not a name of a service account`);
  }
  const spiffeId = formatWorkloadId({ trustDomain, namespace, serviceAccount });
  // Who may ask for tokens of workloads must not become the control plane by it.
  if (controlPlaneServiceOf(spiffeId, trustDomain) !== undefined) {
    throw new MallaError(
      'permission_denied',
      `${spiffeId} is one of Malla's own services; the authority writes their tokens itself`,
    );
  }
  return spiffeId;
}

function grantedTtl(seconds: bigint, ttl: JoinTokenServiceParams['ttl']): number {
  if (seconds < 0n) throw new MallaError('invalid', 'ttl_seconds must not be negative');
  return Math.min(seconds === 0n ? ttl.default : Number(seconds) * 1_000, ttl.longest);
}
