import { isIPv4, isIPv6 } from 'node:net';
import type { CidrRange } from '@malla/proxy-config';

/** An address as a number, with its length in bits (32 or 128). */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Undefined for text that is no address. IPv4 written in IPv6 (`::ffff:10.0.0.1`) is IPv4. */
export function parseIp(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { bits: 32, value: parseV4(text) };
  if (!isIPv6(text)) return undefined;
  const value = parseV6(text.split('%')[0] as string);
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

/** A range as its first address and its length, so that equal ranges have equal text. Undefined without a valid address. */
export function parseRange({
  address,
  bits,
}: CidrRange): { readonly network: IpAddress; readonly length: number } | undefined {
  const ip = parseIp(address);
  if (ip === undefined) return undefined;
  const length = Math.max(0, Math.min(bits, ip.bits));
  return { network: { bits: ip.bits, value: maskTo(ip, length) }, length };
}

/** The first `length` bits, the rest zero. */
export function maskTo({ bits, value }: IpAddress, length: number): bigint {
  const rest = BigInt(bits - length);
  return (value >> rest) << rest;
}

function parseV4(text: string): bigint {
  let value = 0;
  for (const part of text.split('.')) value = value * 256 + Number(part);
  return BigInt(value);
}

function parseV6(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => 0);
  let value = 0n;
  for (const group of [...front, ...zeros, ...back]) value = (value << 16n) | BigInt(group);
  return value;
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const v4 = Number(parseV4(group));
    return [Math.floor(v4 / 65_536), v4 % 65_536];
  });
}
