import { DerReader } from './der/reader.ts';
import { contextPrimitive } from './der/tags.ts';
import { element, sequence } from './der/writer.ts';

/** The names of a subjectAltName that Malla reads and writes (RFC 5280 section 4.2.1.6). */
export interface AltNames {
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  /** Raw addresses: 4 bytes for IPv4, 16 for IPv6. */
  readonly ipAddresses: readonly Uint8Array[];
  /** How many names of other kinds there are; nobody is identified by them here. */
  readonly others: number;
}

/** Names by which clients that know nothing of SPIFFE find a server. */
export type HostNames = Pick<AltNames, 'dnsNames' | 'ipAddresses'>;

const dnsTag = contextPrimitive(2);
const uriTag = contextPrimitive(6);
const ipTag = contextPrimitive(7);

export const noAltNames: AltNames = { uris: [], dnsNames: [], ipAddresses: [], others: 0 };

export function readAltNames(value: Uint8Array): AltNames {
  const outer = new DerReader(value);
  const reader = outer.enter();
  outer.end();
  const uris: string[] = [];
  const dnsNames: string[] = [];
  const ipAddresses: Uint8Array[] = [];
  let others = 0;
  while (!reader.atEnd) {
    const { tag, content } = reader.read();
    if (tag === uriTag) uris.push(Buffer.from(content).toString('latin1'));
    else if (tag === dnsTag) dnsNames.push(Buffer.from(content).toString('latin1'));
    else if (tag === ipTag) ipAddresses.push(content);
    else others++;
  }
  return { uris, dnsNames, ipAddresses, others };
}

export function writeAltNames(names: Pick<AltNames, 'uris' | 'dnsNames' | 'ipAddresses'>): Buffer {
  return sequence(
    ...names.uris.map((uri) => element(uriTag, Buffer.from(uri, 'latin1'))),
    ...names.dnsNames.map((name) => element(dnsTag, Buffer.from(name, 'latin1'))),
    ...names.ipAddresses.map((address) => element(ipTag, address)),
  );
}

/** Sorts hosts as people write them (`localhost`, `127.0.0.1`, `::1`) into DNS names and raw addresses. */
export function hostNames(hosts: readonly string[]): HostNames {
  const dnsNames = hosts.filter((host) => !isIpAddress(host));
  return { dnsNames, ipAddresses: hosts.filter(isIpAddress).map(rawAddress) };
}

function isIpAddress(host: string): boolean {
  return host.includes(':') || /^\d+(\.\d+){3}$/.test(host);
}

function rawAddress(address: string): Uint8Array {
  if (!address.includes(':')) return Uint8Array.from(address.split('.').map(Number));
  // URL writes every IPv6 address in its shortest form, so only `::` is left to expand.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
