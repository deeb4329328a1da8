import { toBinary } from '@bufbuild/protobuf';
import type { BootstrapConfig } from '@malla/proxy-config';
import type { Admin, Bootstrap, LayeredRuntime } from '@malla/protos/gen/envoy/config/bootstrap/v3/bootstrap_pb';
import { NodeSchema, type Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { readCluster } from '../cluster/cluster.ts';
import { readListener } from '../listener/listener.ts';
import { readAddress } from '../wire/address.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readAds } from './ads.ts';
import { readOverload } from './overload.ts';
import { readStatsConfig } from './stats.ts';
import { readWatchdogs } from './watchdogs.ts';

/** What the proxy is started with. `node` is the message that the bootstrap has. */
export function readBootstrap(reader: FieldReader<Bootstrap>, node: Node | undefined): BootstrapConfig {
  // The node goes to servers as it is, whatever it says.
  reader.ignore('node');
  if (!node?.id || !node.cluster) reader.refuse('node', 'needs id and cluster');
  const admin = readAdmin(reader.message('admin'));
  const dynamic = reader.message('dynamicResources');
  const ads = dynamic && readAds(dynamic);
  const resources = reader.message('staticResources');
  readRuntime(reader.message('layeredRuntime'));
  return {
    node: node ? toBinary(NodeSchema, node) : new Uint8Array(),
    nodeCluster: node?.cluster ?? '',
    ...(admin && { admin }),
    ...(ads && { ads }),
    clusters: resources?.messages('clusters').map(readCluster) ?? [],
    listeners: resources?.messages('listeners').map(readListener) ?? [],
    watchdogs: readWatchdogs(reader.message('watchdogs')),
    ...readOverload(reader.message('overloadManager')),
    ...readStatsConfig(reader.message('statsConfig')),
  };
}

function readAdmin(reader: FieldReader<Admin> | undefined): BootstrapConfig['admin'] {
  // Connections to the admin interface are never counted.
  reader?.ignore('ignoreGlobalConnLimit');
  const address = reader?.message('address');
  if (!address) return undefined;
  const read = readAddress(address, 'ip');
  if (read.kind === 'tcp' && !isLoopback(read.address)) {
    address.reading.report(
      address.path,
      `${read.address} is no loopback address: anybody could use the admin interface`,
    );
  }
  return read;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** Expressions are bounded by re2js, whose cost is linear; values of descriptors are formats here in any case. */
const knownRuntime: ReadonlySet<string> = new Set([
  're2.max_program_size.error_level',
  'envoy.reloadable_features.enable_formatter_for_ratelimit_action_descriptor_value',
]);

/** Of Envoy's runtime little is known; the admin layer says that the rest could be changed later, which it cannot. */
function readRuntime(reader: FieldReader<LayeredRuntime> | undefined): void {
  for (const layer of reader?.messages('layers') ?? []) {
    layer.ignore('name');
    layer.oneof<'layerSpecifier', void>('layerSpecifier', {
      staticLayer: (values, path) => {
        for (const key of Object.keys(values)) {
          if (!knownRuntime.has(key)) reader?.reading.report(`${path}.${key}`, 'is not supported');
        }
      },
      adminLayer: () => undefined,
    });
  }
}
