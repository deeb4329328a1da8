import type { Address, CidrRange } from '@malla/proxy-config';
import {
  SocketAddress_Protocol,
  type Address as AddressMessage,
  type CidrRange as CidrRangeMessage,
  type SocketAddress,
} from '@malla/protos/gen/envoy/config/core/v3/address_pb';
import type { FieldReader } from './field-reader.ts';
import { ipFamily } from './ip-address.ts';

/** Stands in for an address that was refused. */
const nowhere: Address = { kind: 'tcp', address: '0.0.0.0', port: 0 };

/** What an address may be: `ip` (and Unix sockets), or also a name that DNS knows. */
export type HostKind = 'ip' | 'name';

/** An address; `host` says whether names are allowed. */
export function readAddress(reader: FieldReader<AddressMessage> | undefined, host: HostKind): Address {
  return (
    reader?.oneof<'address', Address>('address', {
      socketAddress: (socket) => readSocketAddress(socket, host),
      pipe: (pipe) => {
        // Who may connect to a socket file is said by its folder.
        pipe.expect('mode', 0);
        return { kind: 'pipe', path: pipe.take('path') };
      },
    }) ?? nowhere
  );
}

/** A TCP address. */
export function readSocketAddress(reader: FieldReader<SocketAddress>, host: HostKind): Address & { kind: 'tcp' } {
  reader.expect('protocol', SocketAddress_Protocol.TCP);
  const address = reader.take('address');
  if (host === 'ip' && address !== '' && ipFamily(address) === undefined) {
    reader.refuse('address', `${address} is no IP address`);
  }
  const port = reader.oneof<'portSpecifier', number>('portSpecifier', { portValue: (value) => value }) ?? 0;
  return { kind: 'tcp', address, port };
}

/** A range of addresses; without a length it is every address of the family. */
export function readCidrRange(reader: FieldReader<CidrRangeMessage>): CidrRange {
  const address = reader.take('addressPrefix');
  const bits = reader.take('prefixLen') ?? 0;
  const family = ipFamily(address);
  if (family === undefined) {
    if (address !== '') reader.refuse('addressPrefix', `${address} is no IP address`);
  } else if (bits > (family === 4 ? 32 : 128)) {
    reader.refuse('prefixLen', `${bits} is too long for ${address}`);
  }
  return { address, bits };
}
