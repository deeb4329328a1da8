import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { DataPlane, RouteConfigIr, VirtualHostIr } from '@malla/ir';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { VirtualHostSchema } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import { encodeBytes, type EncodedResource } from '@malla/protos';
import { virtualHost } from './virtual-host.ts';

/** Field number of RouteConfiguration.virtual_hosts; a spec compares with the generated code. */
const virtualHostsField = 2;

/** What every route configuration has. Hosts match with any port unless domains carry theirs, and clusters may be missing (then 503). */
export function routeConfigOptions({ matchPorts = false }: RouteConfigIr) {
  return { ignorePortInHostMatching: !matchPorts, validateClusters: false };
}

/**
 * Route configurations from the bytes of their virtual hosts: a protobuf message is the concatenation of its fields,
 * so a change of one virtual host encodes one, whatever the number of others.
 */
export class RouteConfigs {
  readonly #dataPlane: DataPlane;
  readonly #configs = new WeakMap<RouteConfigIr, EncodedResource>();
  readonly #hosts = new WeakMap<VirtualHostIr, Uint8Array>();

  constructor(dataPlane: DataPlane) {
    this.#dataPlane = dataPlane;
  }

  /** The route configuration of a node; the same object for the same node. */
  encode(config: RouteConfigIr): EncodedResource {
    const known = this.#configs.get(config);
    if (known) return known;
    const writer = new BinaryWriter();
    writer.raw(
      toBinary(
        RouteConfigurationSchema,
        create(RouteConfigurationSchema, { name: config.name, ...routeConfigOptions(config) }),
      ),
    );
    for (const host of config.virtualHosts) writer.raw(this.#host(host));
    const resource = encodeBytes(RouteConfigurationSchema, config.name, writer.finish());
    this.#configs.set(config, resource);
    return resource;
  }

  /** A virtual host as a field of a route configuration: tag, length, message. */
  #host(host: VirtualHostIr): Uint8Array {
    const known = this.#hosts.get(host);
    if (known) return known;
    const message = toBinary(VirtualHostSchema, virtualHost(host, this.#dataPlane));
    const bytes = new BinaryWriter().tag(virtualHostsField, WireType.LengthDelimited).bytes(message).finish();
    this.#hosts.set(host, bytes);
    return bytes;
  }
}
