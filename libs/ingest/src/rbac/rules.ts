import type { RbacRules } from '@malla/proxy-config';
import { RBAC_Action, type RBAC } from '@malla/protos/gen/envoy/config/rbac/v3/rbac_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readPermission, readPrincipal, type RbacLayer } from './conditions.ts';

const actions = { [RBAC_Action.ALLOW]: 'allow', [RBAC_Action.DENY]: 'deny' } as const;

/** Envoy's RBAC rules; undefined when absent. Policies are in the order of their names, as Envoy tries them. */
export function readRbacRules(reader: FieldReader<RBAC> | undefined, layer: RbacLayer): RbacRules | undefined {
  if (!reader) return undefined;
  return {
    action: reader.choice('action', actions) ?? 'deny',
    policies: reader.entries('policies').map(([name, policy]) => ({
      name,
      permissions: policy.messages('permissions').map((permission) => readPermission(permission, layer)),
      principals: policy.messages('principals').map((principal) => readPrincipal(principal, layer)),
    })),
  };
}
