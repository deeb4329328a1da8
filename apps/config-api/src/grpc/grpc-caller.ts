import type { CallInfo } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { controlPlaneId } from '@malla/spiffe';
import type { Authenticator } from '../access/authenticator.ts';
import type { Authorizer } from '../access/authorizer.ts';
import { mastersGroup } from '../access/builtin-roles.ts';
import type { AccessRequest, Caller, Decision } from '../access/caller.ts';

export interface GrpcCallerParams {
  readonly trustDomain: string;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
}

/**
 * Who makes a gRPC call: a bearer token counts first; without one the certificate. Of the mesh's identities two
 * have rights here, and write nothing: discovery reads everything, secrets included; policy-telemetry reads limits, and API
 * keys with the secrets that hold them.
 */
export function grpcCaller({
  trustDomain,
  authenticator,
  authorizer,
}: GrpcCallerParams): (call: CallInfo) => Promise<Caller> {
  const discovery = controlPlaneId('discovery', trustDomain);
  const policyTelemetry = controlPlaneId('policy-telemetry', trustDomain);
  return async (call) => {
    const [authorization] = call.metadata.get('authorization');
    if (typeof authorization === 'string') return authenticator.authenticate(authorization);
    if (call.peer === discovery) {
      if (!readMethods.includes(call.method.split('/').at(-1) ?? ''))
        throw new MallaError('permission_denied', 'discovery only reads');
      return authorizer.callerOf({ name: discovery, groups: [mastersGroup], grants: [] });
    }
    if (call.peer === policyTelemetry) {
      const caller = authorizer.callerOf({ name: policyTelemetry, groups: [], grants: [] });
      return { ...caller, decide: (request) => (isPolicyRead(request) ? granted : caller.decide(request)) };
    }
    if (call.peer === undefined)
      throw new MallaError('unauthenticated', 'show a certificate of the mesh, or a bearer token');
    throw new MallaError('permission_denied', `${call.peer} may not read configuration; send a bearer token`);
  };
}

const granted: Decision = { allowed: true, reason: 'what policy-telemetry decides by' };

function isPolicyRead({ verb, group, resource, subresource = '' }: AccessRequest): boolean {
  if (!['get', 'list', 'watch'].includes(verb) || subresource !== '') return false;
  return group === '' ? resource === 'secrets' : group === 'policy.malla.io';
}

const readMethods = ['Get', 'List', 'Watch', 'History'];
