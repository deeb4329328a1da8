import type { CallInfo } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { controlPlaneId } from '@malla/spiffe';
import type { TokenTable } from '@malla/store-prisma';
import { authenticate } from '../access/authenticate.ts';
import type { Caller } from '../access/caller.ts';

export interface GrpcCallerParams {
  readonly trustDomain: string;
  readonly tokens: Pick<TokenTable, 'check'>;
}

/**
 * Who makes a gRPC call: a bearer token counts first; without one the certificate. Of the mesh's identities only discovery
 * has rights here: it reads everything, secrets included, and writes nothing.
 */
export function grpcCaller({ trustDomain, tokens }: GrpcCallerParams): (call: CallInfo) => Promise<Caller> {
  const discovery = controlPlaneId('discovery', trustDomain);
  return async (call) => {
    const [authorization] = call.metadata.get('authorization');
    if (typeof authorization === 'string') return authenticate(tokens, authorization);
    if (call.peer === discovery) {
      if (!readMethods.includes(call.method.split('/').at(-1) ?? ''))
        throw new MallaError('permission_denied', 'discovery only reads');
      return { name: discovery, grants: [{ role: 'admin', namespace: '*' }] };
    }
    if (call.peer === undefined)
      throw new MallaError('unauthenticated', 'show a certificate of the mesh, or a bearer token');
    throw new MallaError('permission_denied', `${call.peer} may not read configuration; send a bearer token`);
  };
}

const readMethods = ['Get', 'List', 'Watch', 'History'];
