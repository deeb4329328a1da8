import ipaddr from 'ipaddr.js';
import { celTypes, listOf, mapOf } from '../cel-type.ts';
import { CelError } from '../cel-value.ts';
import type { CelUrl } from '../cel-url.ts';
import { parseCelUrl, type CelUrlParts } from '../cel-url.ts';
import { overload, type FunctionTable, type Overload } from '../overload.ts';

const { string, bool, int, url, ip, cidr } = celTypes;

/** An address in CEL. */
class CelIp {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;

  constructor(address: ipaddr.IPv4 | ipaddr.IPv6) {
    this.address = address;
  }
}

/** A range in CEL. */
class CelCidr {
  constructor(
    readonly address: ipaddr.IPv4 | ipaddr.IPv6,
    readonly bits: number,
  ) {}
}

/** Kubernetes takes an address without zone, without leading zeros, and not of an IPv4 inside an IPv6. */
function readIp(text: string): CelIp | undefined {
  if (text.includes('%')) return undefined;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return /(^|\.)0\d/.test(text) ? undefined : new CelIp(ipaddr.IPv4.parse(text));
  }
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? undefined : new CelIp(address);
}

function readCidr(text: string): CelCidr | undefined {
  const match = /^(.*)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match === null ? undefined : readIp(match[1] as string)?.address;
  const bits = Number(match?.[2]);
  if (address === undefined || bits > (address.kind() === 'ipv4' ? 32 : 128)) return undefined;
  return new CelCidr(address, bits);
}

function required<T>(value: T | undefined, text: string, what: string): T {
  if (value === undefined) throw new CelError(`${JSON.stringify(text.slice(0, 60))} is not ${what}`);
  return value;
}

const toIp = (text: string) => required(readIp(text), text, 'an IP address');
const toCidr = (text: string) => required(readCidr(text), text, 'a range of addresses');

function holds(range: CelCidr, { address }: CelIp): boolean {
  return range.address.kind() === address.kind() && address.match(range.address as never, range.bits);
}

const holdsRange = (outer: CelCidr, other: CelCidr) =>
  other.bits >= outer.bits && holds(outer, new CelIp(other.address));

function masked({ address, bits }: CelCidr): CelCidr {
  const bytes = address.toByteArray().map((byte, i) => {
    const kept = Math.max(0, Math.min(8, bits - i * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return new CelCidr(ipaddr.fromByteArray(bytes), bits);
}

const range = (name: string) => overload(['ip'], bool, (_, { address }: CelIp) => address.range() === name);

function part<K extends keyof CelUrlParts>(name: K, type: Overload['result']): readonly Overload[] {
  return [overload(['url'], type, (_, { parts }: CelUrl) => parts[name])];
}

/** Functions of URLs, addresses and ranges. Source: k8s.io/apiserver/pkg/cel/library/{urls,ip,cidr}.go */
export const networkFunctions: FunctionTable = {
  isURL: [overload(['string'], bool, (_, text: string) => parseCelUrl(text) !== undefined)],
  url: [overload(['string'], url, (_, text: string) => required(parseCelUrl(text), text, 'a URL'))],
  isIP: [overload(['string'], bool, (_, text: string) => readIp(text) !== undefined)],
  ip: [overload(['string'], ip, (_, text: string) => toIp(text))],
  isCIDR: [overload(['string'], bool, (_, text: string) => readCidr(text) !== undefined)],
  cidr: [overload(['string'], cidr, (_, text: string) => toCidr(text))],
};

/** Methods of URLs, addresses and ranges. */
export const networkMethods: FunctionTable = {
  getScheme: part('scheme', string),
  getHost: part('host', string),
  getHostname: part('hostname', string),
  getPort: part('port', string),
  getEscapedPath: part('path', string),
  getQuery: part('query', mapOf(listOf(string))),
  family: [overload(['ip'], int, (_, { address }: CelIp) => (address.kind() === 'ipv4' ? 4 : 6))],
  isUnspecified: [range('unspecified')],
  isLoopback: [range('loopback')],
  isLinkLocalUnicast: [range('linkLocal')],
  containsIP: [
    overload(['cidr', 'ip'], bool, (_, outer: CelCidr, address: CelIp) => holds(outer, address)),
    overload(['cidr', 'string'], bool, (_, outer: CelCidr, text: string) => holds(outer, toIp(text))),
  ],
  containsCIDR: [
    overload(['cidr', 'cidr'], bool, (_, outer: CelCidr, other: CelCidr) => holdsRange(outer, other)),
    overload(['cidr', 'string'], bool, (_, outer: CelCidr, text: string) => holdsRange(outer, toCidr(text))),
  ],
  ip: [overload(['cidr'], ip, (_, { address }: CelCidr) => new CelIp(address))],
  prefixLength: [overload(['cidr'], int, (_, { bits }: CelCidr) => bits)],
  masked: [overload(['cidr'], cidr, (_, given: CelCidr) => masked(given))],
};
