import { connect as connectPlain, isIPv6, type NetConnectOpts, type Socket } from 'node:net';
import type { Address, ClusterConfig } from '@malla/proxy-config';
import { readBuffer } from '../transport/read-buffer.ts';

export interface OpenSocketParams {
  readonly address: Address;
  readonly config: Pick<ClusterConfig, 'bindAddresses' | 'keepalive'>;
  /** Gets the number of bytes that were read into the shared buffer. */
  readonly onRead: (length: number) => void;
}

/** Begins to connect; the socket reads into the shared buffer by the public option `onread`. */
export function openSocket(params: OpenSocketParams): Socket {
  return connectPlain(socketOptions(params));
}

/** Options of the socket, with or without TLS on top. */
export function socketOptions({ address, config, onRead }: OpenSocketParams): NetConnectOpts {
  const onread = {
    buffer: readBuffer,
    callback: (length: number): boolean => {
      onRead(length);
      return true;
    },
  };
  if (address.kind === 'pipe') return { path: socketPath(address.path), allowHalfOpen: true, onread };
  const localAddress = localAddressFor(address.address, config.bindAddresses);
  const keepalive = config.keepalive;
  return {
    host: address.address,
    port: address.port,
    allowHalfOpen: true,
    noDelay: true,
    onread,
    ...(localAddress !== undefined && { localAddress }),
    ...(keepalive && { keepAlive: true, keepAliveInitialDelay: (keepalive.timeSeconds ?? 0) * 1_000 }),
  };
}

/** Envoy writes abstract socket names with `@`, the kernel's begin with a zero byte. */
export function socketPath(path: string): string {
  return path.startsWith('@') ? `\0${path.slice(1)}` : path;
}

function localAddressFor(remote: string, addresses: readonly string[]): string | undefined {
  const v6 = isIPv6(remote);
  return addresses.find((address) => isIPv6(address) === v6);
}
