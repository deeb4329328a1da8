import { networkInterfaces } from 'node:os';

let own: string | undefined;

/** This machine's first address that others can reach: what Envoy tells in a loopback client's place. */
export function localAddress(): string {
  own ??=
    Object.values(networkInterfaces())
      .flat()
      .find((one) => one !== undefined && one.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1';
  return own;
}
