import type { Socket } from 'node:net';
import type { SocketEnd } from '../runtime/connection.ts';

/** Where a redirected connection was going; undefined when it was not redirected. */
export type OriginalDestination = (socket: Socket) => SocketEnd | undefined;

/** Source: linux/netfilter_ipv4.h, linux/netfilter_ipv6/ip6_tables.h */
const soOriginalDst = 80;
const levelIpv4 = 0;
const levelIpv6 = 41;
const addressBytes = 28;

let loading: Promise<OriginalDestination> | undefined;

/**
 * Loads what asks the kernel for original destinations: getsockopt is in no module of Node.js, so the C library's is called. Only done once a listener needs
 * it; fails with a message for people where it cannot be loaded.
 */
export function loadOriginalDestination(): Promise<OriginalDestination> {
  return (loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  }));
}

async function load(): Promise<OriginalDestination> {
  if (process.platform !== 'linux') throw new Error('original_dst works on Linux only');
  const getsockopt = await loadGetsockopt();
  const value = Buffer.alloc(addressBytes);
  const length = [0];
  return (socket) => {
    const fd = (socket as Descriptor)._handle?.fd ?? -1;
    const v6 = socket.localFamily === 'IPv6';
    if (fd < 0 || (!v6 && socket.localFamily !== 'IPv4')) return undefined;
    length[0] = addressBytes;
    // Fails for connections that were not redirected, and where nobody tracks connections.
    if (getsockopt(fd, v6 ? levelIpv6 : levelIpv4, soOriginalDst, value, length) !== 0) return undefined;
    return v6 ? readIpv6(value) : readIpv4(value);
  };
}

type Getsockopt = (fd: number, level: number, name: number, value: Buffer, length: number[]) => number;
type Descriptor = Socket & { readonly _handle?: { readonly fd?: number } | null };

async function loadGetsockopt(): Promise<Getsockopt> {
  try {
    const { default: koffi } = await import('koffi');
    const declaration = 'int getsockopt(int fd, int level, int name, void *value, _Inout_ uint32_t *length)';
    return koffi.load(null).func(declaration) as Getsockopt;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`original_dst needs the package koffi, which cannot be loaded here: ${reason}`, { cause: error });
  }
}

/** struct sockaddr_in: family, port, address. */
export function readIpv4(value: Buffer): SocketEnd {
  return { address: value.subarray(4, 8).join('.'), port: value.readUInt16BE(2) };
}

/** struct sockaddr_in6: family, port, flow, address; written as the kernel's text form is. */
export function readIpv6(value: Buffer): SocketEnd {
  const groups = Array.from({ length: 8 }, (_, i) => value.readUInt16BE(8 + 2 * i).toString(16));
  const { hostname } = new URL(`http://[${groups.join(':')}]`);
  return { address: hostname.slice(1, -1), port: value.readUInt16BE(2) };
}
