import type { FieldPath } from '@malla/model';
import { editList, fieldsOf, listOf, withField, type Fields } from '../edit.ts';
import { isIpAddress } from './ip-address.ts';
import type { CutList } from './part.ts';

/** Names of ports that say their protocol. Source: https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/ */
const declared = /^(http|http2|https|grpc|grpc-web|tcp|tls|mongo|mysql|redis)(-|$)/;

/** A Service inside the mesh: its virtual address or none, and its TCP ports. */
export function viewService(object: Fields, cuts: CutList): Fields | undefined {
  const spec = fieldsOf(object['spec']);
  if (spec['type'] === 'ExternalName') return cuts.leaveOut(['spec', 'type'], 'object_left_out');
  const ports = editList(spec, 'ports', (port, i) => viewPort(port, ['spec', 'ports', i], cuts));
  if (listOf(ports['ports']).length === 0) return undefined;
  return withField(object, 'spec', viewAddress(ports));
}

/** What Istio would detect from the first bytes is opaque TCP here, until a proxy can do that. */
function viewPort(port: Fields, path: FieldPath, cuts: CutList): Fields | undefined {
  const { protocol = 'TCP', appProtocol, name } = port;
  if (protocol !== 'TCP') return cuts.leaveOut([...path, 'protocol'], 'value_left_out');
  if (appProtocol === undefined && !declared.test(String(name ?? ''))) cuts.add(path, 'opaque_tcp');
  return port;
}

/** A headless service has no virtual address: the same as none. */
function viewAddress(spec: Fields): Fields {
  const address = spec['clusterIP'];
  return address === undefined || isIpAddress(address) ? spec : withField(spec, 'clusterIP', undefined);
}

/** A WorkloadEntry whose address is an IP address: names and sockets are not connected to yet. */
export function viewWorkloadEntry(object: Fields, cuts: CutList): Fields | undefined {
  const { address } = fieldsOf(object['spec']);
  return isIpAddress(address) ? object : cuts.leaveOut(['spec', 'address'], 'object_left_out');
}
