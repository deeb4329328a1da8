import { compileHeaderMatch } from '@malla/authz';
import type { RateLimitAction, RateLimitPolicy, RateLimitValuePart } from '@malla/proxy-config';
import type { Stream } from '../stream/stream.ts';

/** What a rate-limit service counts by: pairs of key and value. */
export type Descriptor = readonly (readonly [key: string, value: string])[];

/** The descriptors of a request by a route's or virtual host's policies. Source: Envoy's source/common/router/router_ratelimit.cc. */
export function descriptorsOf(
  policies: readonly RateLimitPolicy[],
  stream: Stream,
  { stage, nodeCluster }: { readonly stage: number | 'any'; readonly nodeCluster: string },
): readonly Descriptor[] {
  const descriptors: Descriptor[] = [];
  for (const policy of policies) {
    if (stage !== 'any' && policy.stage !== stage) continue;
    const entries: (readonly [string, string])[] = [];
    // One action that yields nothing drops the whole descriptor.
    if (policy.actions.every((action) => addEntry(entries, action, { stream, nodeCluster }))) descriptors.push(entries);
  }
  return descriptors;
}

function addEntry(
  entries: (readonly [string, string])[],
  action: RateLimitAction,
  { stream, nodeCluster }: { readonly stream: Stream; readonly nodeCluster: string },
): boolean {
  switch (action.kind) {
    case 'source-cluster':
      entries.push(['source_cluster', nodeCluster]);
      return true;
    case 'destination-cluster':
      entries.push(['destination_cluster', stream.destination?.cluster ?? '']);
      return true;
    case 'remote-address':
      entries.push(['remote_address', stream.sourceIp]);
      return true;
    case 'generic-key': {
      const value = action.value.map((part) => textOf(part, stream)).join('') || action.defaultValue;
      if (value === '') return false;
      entries.push([action.key === '' ? 'generic_key' : action.key, value]);
      return true;
    }
    case 'request-header': {
      const value = stream.get(action.header);
      if (value === undefined) return action.skipIfAbsent;
      entries.push([action.key, value]);
      return true;
    }
    case 'header-value-match': {
      const matches = action.headers.map(compileHeaderMatch).every((holds) => holds(stream));
      if (matches !== action.expect) return false;
      entries.push([action.key === '' ? 'header_match' : action.key, action.value]);
      return true;
    }
  }
}

function textOf(part: RateLimitValuePart, stream: Stream): string {
  if (part === 'peer-uri-san') return stream.connection.tls?.peer?.uriSans.join() ?? '';
  if (part === 'path') return /^[^?]*/.exec(stream.head.path)?.[0] ?? '';
  return part.text;
}
