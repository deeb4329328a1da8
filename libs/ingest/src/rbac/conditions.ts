import type { RbacCondition, StringMatch } from '@malla/proxy-config';
import type { Permission, Principal } from '@malla/protos/gen/envoy/config/rbac/v3/rbac_pb';
import type { HeaderMatcher } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { PathMatcher } from '@malla/protos/gen/envoy/type/matcher/v3/path_pb';
import { readCidrRange } from '../wire/address.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readHeaderMatch } from '../wire/header-match.ts';
import { readStringMatch } from '../wire/string-match.ts';

/** Where rules are enforced: on the network there are no headers and paths, and Envoy refuses rules about them. */
export type RbacLayer = 'http' | 'network';

/** Stands in for a condition that was refused. */
const never: RbacCondition = { kind: 'not', of: { kind: 'any' } };

/** A condition on the request or the connection. */
export function readPermission(reader: FieldReader<Permission>, layer: RbacLayer): RbacCondition {
  const list = (rules: FieldReader<Permission>[]) => rules.map((rule) => readPermission(rule, layer));
  const condition = reader.oneof<'rule', RbacCondition>('rule', {
    any: () => ({ kind: 'any' }),
    andRules: (set) => ({ kind: 'and', of: list(set.messages('rules')) }),
    orRules: (set) => ({ kind: 'or', of: list(set.messages('rules')) }),
    notRule: (rule) => ({ kind: 'not', of: readPermission(rule, layer) }),
    header: (header, path) => readHeader(header, path, layer),
    urlPath: (matcher, path) => readPath(matcher, path, layer),
    destinationIp: (range) => ({ kind: 'destination-ip', range: readCidrRange(range) }),
    destinationPort: (port) => ({ kind: 'destination-port', start: port, end: port + 1 }),
    destinationPortRange: (range, path) => {
      const start = range.take('start');
      const end = range.take('end');
      if (start < 0 || start > 65_535 || end < 1 || end > 65_536 || start >= end) {
        reader.reading.report(path, `${start} to ${end} is no range of ports`);
      }
      return { kind: 'destination-port', start, end };
    },
    requestedServerName: (matcher) => ({ kind: 'server-name', matcher: readStringMatch(matcher) }),
  });
  return condition ?? never;
}

/** A condition on the peer. */
export function readPrincipal(reader: FieldReader<Principal>, layer: RbacLayer): RbacCondition {
  const list = (ids: FieldReader<Principal>[]) => ids.map((id) => readPrincipal(id, layer));
  const condition = reader.oneof<'identifier', RbacCondition>('identifier', {
    any: () => ({ kind: 'any' }),
    andIds: (set) => ({ kind: 'and', of: list(set.messages('ids')) }),
    orIds: (set) => ({ kind: 'or', of: list(set.messages('ids')) }),
    notId: (id) => ({ kind: 'not', of: readPrincipal(id, layer) }),
    authenticated: (peer) => {
      const principal = peer.message('principalName');
      return { kind: 'authenticated', ...(principal && { principal: readStringMatch(principal) }) };
    },
    sourceIp: (range) => ({ kind: 'source-ip', range: readCidrRange(range) }),
    directRemoteIp: (range) => ({ kind: 'source-ip', range: readCidrRange(range) }),
    remoteIp: (range, path) => {
      // A client could write that address itself, in x-forwarded-for; only the connection's peer is known for sure.
      if (layer === 'http') reader.reading.report(path, 'is not supported; direct_remote_ip is');
      return { kind: 'source-ip', range: readCidrRange(range) };
    },
    header: (header, path) => readHeader(header, path, layer),
    urlPath: (matcher, path) => readPath(matcher, path, layer),
  });
  return condition ?? never;
}

function readHeader(reader: FieldReader<HeaderMatcher>, path: string, layer: RbacLayer): RbacCondition {
  if (layer === 'network') reader.reading.report(path, 'is not possible on the network, where there are no headers');
  return { kind: 'header', header: readHeaderMatch(reader) };
}

function readPath(reader: FieldReader<PathMatcher>, path: string, layer: RbacLayer): RbacCondition {
  if (layer === 'network') reader.reading.report(path, 'is not possible on the network, where there are no paths');
  const matcher = reader.oneof<'rule', StringMatch>('rule', { path: readStringMatch });
  return { kind: 'path', matcher: matcher ?? { kind: 'exact', value: '', ignoreCase: false } };
}
