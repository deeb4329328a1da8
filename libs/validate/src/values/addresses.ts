import { complaint, quoted, type Complaint } from './complaint.ts';

const decimal = /^(0|[1-9]\d{0,2})$/;
const group = /^[0-9A-Fa-f]{1,4}$/;

/** Whether a text is an IPv4 address in four decimal numbers without leading zeros. */
export function isIpv4Address(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => decimal.test(part) && Number(part) <= 255);
}

/** Whether a text is an IPv6 address (RFC 4291 section 2.2), the last 32 bits perhaps as IPv4, without a zone. */
export function isIpv6Address(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return false;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) as string[];
  const dotted = last.at(-1)?.includes('.') === true ? last.pop() : undefined;
  if (dotted !== undefined && !isIpv4Address(dotted)) return false;
  const flat = groups.flat();
  const count = flat.length + (dotted === undefined ? 0 : 2);
  return flat.every((part) => group.test(part)) && (halves.length === 2 ? count < 8 : count === 8);
}

/** Whether a text is an address of IPv4 or IPv6. */
export function isIpAddress(text: string): boolean {
  return text.includes(':') ? isIpv6Address(text) : isIpv4Address(text);
}

/** What is wrong with an address, or undefined. */
export function ipProblem(text: string): Complaint | undefined {
  return isIpAddress(text)
    ? undefined
    : complaint(`must be an IP address, not ${quoted(text)}`, 'write it as in 10.1.2.3 or 2001:db8::1');
}

/** What is wrong with a block of addresses, `address/bits`, or undefined. */
function cidrProblem(text: string): Complaint | undefined {
  const slash = text.indexOf('/');
  const address = text.slice(0, slash);
  const bits = text.slice(slash + 1);
  const most = isIpv4Address(address) ? 32 : isIpv6Address(address) ? 128 : -1;
  return decimal.test(bits) && Number(bits) <= most
    ? undefined
    : complaint(`must be a CIDR block, not ${quoted(text)}`, 'write it as in 10.1.0.0/16 or 2001:db8::/32');
}

/** What is wrong with an address or a block of addresses, or undefined. */
export function subnetProblem(text: string): Complaint | undefined {
  return text.includes('/') ? cidrProblem(text) : ipProblem(text);
}

export const unixPrefix = 'unix://';

/** What is wrong with the address of a Unix socket after `unix://`, or undefined: an absolute path of a file, or `@name` (abstract). */
export function unixSocketProblem(address: string): Complaint | undefined {
  const hint = 'write unix:///path/to/socket, or unix://@name for an abstract socket';
  if (address === '') return complaint('must name a Unix socket', hint);
  if (address.startsWith('@')) return undefined;
  if (!address.startsWith('/')) return complaint('must be an absolute path, or the name of an abstract socket', hint);
  return address.endsWith('/') ? complaint('must be the path of a socket, not of a folder', hint) : undefined;
}

/** Host and port of `host:port` or `[address]:port`; undefined for other forms. The host may be empty. */
export function splitHostPort(text: string): { readonly host: string; readonly port: string } | undefined {
  const match = /^(?:\[([^\][]*)\]|([^:\][]*)):([^:\][]*)$/.exec(text);
  return match === null ? undefined : { host: match[1] ?? match[2] ?? '', port: match[3] as string };
}
