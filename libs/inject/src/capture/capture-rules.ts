import { ports } from '@malla/ir';

/** IP version of a rule set; each has a program of its own, `iptables-restore` or `ip6tables-restore`. */
export type IpFamily = 'ipv4' | 'ipv6';

/** Which connections of a network namespace go through its proxy. Defaults are Istio's: all of TCP, but the proxy's own. */
export interface CaptureOptions {
  /** User whose connections are the proxy's own. Default 1337. */
  readonly proxyUid?: number;
  /** Group whose connections are the proxy's own. Default 1337. */
  readonly proxyGid?: number;
  /** Ports of the workload that peers reach without the proxy, besides those of proxy and agent. `excludeInboundPorts`. */
  readonly excludedInboundPorts?: readonly number[];
  /** Ports that the application reaches without the proxy. `excludeOutboundPorts`. */
  readonly excludedOutboundPorts?: readonly number[];
  /** Address ranges (CIDR, either family) that the application reaches without the proxy. `excludeOutboundIPRanges`. */
  readonly excludedOutboundRanges?: readonly string[];
}

const defaultProxyUser = 1337;

/** What differs between the families; addresses of proxy and application on the loopback interface. */
const addresses = {
  ipv4: { passthroughSource: '127.0.0.6/32', loopback: '127.0.0.1/32' },
  ipv6: { passthroughSource: '::6/128', loopback: '::1/128' },
} as const satisfies Record<IpFamily, object>;

/** Tunnels of Istio's ambient mode end at the proxy by themselves. */
const tunnelPort = 15_008;

/** Probes and scrapers reach proxy and agent directly. */
const directInboundPorts = [tunnelPort, ports.envoyPrometheus, ports.readiness, ports.agent];

/**
 * The rules of interception REDIRECT for one family, as input of `iptables-restore --noflush`: connections of peers go to 15006, those of the
 * application to 15001. Restored twice they mean the same.
 *
 * @throws RangeError for a port, user or range that is none
 * Source: Istio tools/istio-iptables/pkg/capture/run.go and its golden files.
 */
export function captureRules(family: IpFamily, options: CaptureOptions = {}): string {
  const { passthroughSource, loopback } = addresses[family];
  const ranges = (options.excludedOutboundRanges ?? []).map(checkedRange).filter((range) => familyOf(range) === family);
  const excludedInbound = [...directInboundPorts, ...(options.excludedInboundPorts ?? []).map(checkedPort)];
  return lines([
    '*nat',
    ':ISTIO_INBOUND - [0:0]',
    ':ISTIO_REDIRECT - [0:0]',
    ':ISTIO_IN_REDIRECT - [0:0]',
    ':ISTIO_OUTPUT - [0:0]',
    `-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports ${ports.virtualOutbound}`,
    `-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports ${ports.virtualInbound}`,
    '-A PREROUTING -p tcp -j ISTIO_INBOUND',
    ...excludedInbound.map((port) => `-A ISTIO_INBOUND -p tcp --dport ${port} -j RETURN`),
    '-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT',
    '-A OUTPUT -j ISTIO_OUTPUT',
    // First, so that they hold for connections of the workload to itself as well.
    ...(options.excludedOutboundPorts ?? []).map(
      (port) => `-A ISTIO_OUTPUT -p tcp --dport ${checkedPort(port)} -j RETURN`,
    ),
    `-A ISTIO_OUTPUT -s ${passthroughSource} -o lo -j RETURN`,
    ...proxyRules(loopback, `--uid-owner ${checkedId(options.proxyUid ?? defaultProxyUser)}`),
    ...proxyRules(loopback, `--gid-owner ${checkedId(options.proxyGid ?? defaultProxyUser)}`),
    `-A ISTIO_OUTPUT -d ${loopback} -j RETURN`,
    ...ranges.map((range) => `-A ISTIO_OUTPUT -d ${range} -j RETURN`),
    '-A ISTIO_OUTPUT -j ISTIO_REDIRECT',
    'COMMIT',
  ]);
}

/**
 * By the owner of a connection: the proxy calling its own workload comes in as a peer does; the application calling itself is left alone; and what the
 * proxy sends is not captured again.
 */
function proxyRules(loopback: string, owner: string): readonly string[] {
  return [
    `-A ISTIO_OUTPUT ! -d ${loopback} -o lo -p tcp -m tcp ! --dport ${tunnelPort} -m owner ${owner} -j ISTIO_IN_REDIRECT`,
    `-A ISTIO_OUTPUT -o lo -m owner ! ${owner} -j RETURN`,
    `-A ISTIO_OUTPUT -m owner ${owner} -j RETURN`,
  ];
}

/** The address, in CIDR form, that the loopback interface needs for the proxy's connections to the application; undefined where it has it anyway. */
export function passthroughAddress(family: IpFamily): string | undefined {
  return family === 'ipv6' ? addresses.ipv6.passthroughSource : undefined;
}

function familyOf(range: string): IpFamily {
  return range.includes(':') ? 'ipv6' : 'ipv4';
}

function checkedPort(port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new RangeError(`${port} is not a port`);
}

function checkedId(id: number): number {
  if (Number.isInteger(id) && id >= 0 && id < 2 ** 32 - 1) return id;
  throw new RangeError(`${id} is not a user or group`);
}

/** The text becomes a line of input for a program that runs as root. */
function checkedRange(range: string): string {
  if (/^(?:\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}|[\da-f:]*:[\da-f:.]*\/\d{1,3})$/i.test(range)) return range;
  throw new RangeError(`${range} is not a range of addresses`);
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
