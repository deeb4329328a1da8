import { isIpAddress } from './ip-address.ts';
import { editList, fieldsOf, listOf, withField, type Fields } from '../edit.ts';
import type { CutList } from './part.ts';

/** A Service inside the mesh: its virtual address or none, and its TCP ports. */
export function viewService(object: Fields, cuts: CutList): Fields | undefined {
  const spec = fieldsOf(object['spec']);
  if (spec['type'] === 'ExternalName') return cuts.leaveOut(['spec', 'type'], 'object_left_out');
  const ports = editList(spec, 'ports', (port, i) =>
    port['protocol'] === undefined || port['protocol'] === 'TCP'
      ? port
      : cuts.leaveOut(['spec', 'ports', i, 'protocol'], 'value_left_out'),
  );
  if (listOf(ports['ports']).length === 0) return undefined;
  return withField(object, 'spec', viewAddress(ports));
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
