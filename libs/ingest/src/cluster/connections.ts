import type { ClusterConfig } from '@malla/proxy-config';
import type { Cluster } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import type { BindConfig, SocketAddress } from '@malla/protos/gen/envoy/config/core/v3/address_pb';
import { readSocketAddress } from '../wire/address.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { ipFamily } from '../wire/ip-address.ts';

/** How connections to endpoints are opened and kept. */
export function readConnections(reader: FieldReader<Cluster>): Pick<ClusterConfig, 'bindAddresses' | 'keepalive'> {
  const bind = reader.message('upstreamBindConfig');
  const keepalive = reader.message('upstreamConnectionOptions')?.message('tcpKeepalive');
  const timeSeconds = keepalive?.take('keepaliveTime');
  // Node.js sets these itself: ten probes, one second apart.
  keepalive?.ignore('keepaliveProbes', 'keepaliveInterval');
  return {
    bindAddresses: bind ? readBindAddresses(bind) : [],
    ...(keepalive && { keepalive: timeSeconds === undefined ? {} : { timeSeconds } }),
  };
}

/** At most one address of each family, as in Envoy. */
function readBindAddresses(reader: FieldReader<BindConfig>): string[] {
  const source = reader.message('sourceAddress');
  const extra = reader.messages('extraSourceAddresses').map((each) => each.message('address'));
  const addresses = [source, ...extra].filter((each) => each !== undefined).map(readAnyPort);
  const families = new Set(addresses.map(ipFamily));
  if (families.size < addresses.length) reader.refuse('extraSourceAddresses', 'must be of the other address family');
  return addresses;
}

function readAnyPort(reader: FieldReader<SocketAddress>): string {
  const { address, port } = readSocketAddress(reader, 'ip');
  // A fixed port allows one connection at a time to each endpoint.
  if (port !== 0) reader.reading.report(reader.path, 'must have port 0');
  return address;
}
