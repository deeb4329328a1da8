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
