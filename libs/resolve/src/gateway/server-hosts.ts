import { hostMatches } from '@malla/snapshot';

/** A host of a Gateway's server: which VirtualServices may have it. */
export interface ServerHost {
  /** Namespace of the VirtualServices; absent: any. */
  readonly namespace?: string;
  /** Lower case; `*.suffix` and `*` are patterns. */
  readonly host: string;
}

/** `host`, `namespace/host`, `./host` (the Gateway's namespace) or every namespace: `*` before the slash. Source: https://istio.io/latest/docs/reference/config/networking/gateway/#Server */
export function serverHostOf(written: string, gatewayNamespace: string): ServerHost {
  const slash = written.indexOf('/');
  const host = written.slice(slash + 1).toLowerCase();
  const namespace = slash < 0 ? '*' : written.slice(0, slash);
  if (namespace === '*') return { host };
  return { namespace: namespace === '.' ? gatewayNamespace : namespace, host };
}

/** The hosts that a server and a VirtualService have in common, each once: of two that overlap the narrower. */
export function commonHosts(
  serverHosts: readonly ServerHost[],
  virtualService: { readonly namespace: string; readonly hosts: readonly string[] },
): readonly string[] {
  const common = new Set<string>();
  for (const { namespace, host } of serverHosts) {
    if (namespace !== undefined && namespace !== virtualService.namespace) continue;
    for (const named of virtualService.hosts) {
      if (hostMatches(host, named)) common.add(named);
      else if (hostMatches(named, host)) common.add(host);
    }
  }
  return [...common];
}

/** Server names of TLS for the hosts; none when one of them is every host. */
export function serverNames(hosts: readonly ServerHost[]): readonly string[] {
  const names = new Set(hosts.map(({ host }) => host));
  return names.has('*') ? [] : [...names].sort();
}
