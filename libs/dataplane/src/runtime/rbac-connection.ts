import type { RbacConnection } from '@malla/authz';
import type { ConnectionInfo } from './connection.ts';

/** What rules see of a connection, of HTTP and of the network alike. */
export function rbacConnection({ tls, remote, local, requestedServerName }: ConnectionInfo): RbacConnection {
  const peer = tls?.peer;
  return {
    hasPeer: peer !== undefined,
    uriSans: peer?.uriSans ?? [],
    dnsSans: peer?.dnsSans ?? [],
    subject: peer?.subject ?? '',
    remoteAddress: remote.address,
    localAddress: local.address,
    localPort: local.port,
    serverName: requestedServerName,
  };
}

/** Why something was denied, for access logs; a policy's name is one word there. Source: Envoy's source/extensions/filters/common/rbac/utility.cc */
export function rbacDenialDetails(policy: string): string {
  return `rbac_access_denied_matched_policy[${policy.replaceAll(/\s/g, '_')}]`;
}
