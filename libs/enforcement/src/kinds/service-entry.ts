import type { FieldPath } from '@malla/model';
import { editList, fieldsOf, listOf, withField, type Fields } from '../edit.ts';
import { exportedToNobody } from './export-to.ts';
import { isIpAddress } from './ip-address.ts';
import type { CutList } from './part.ts';

const resolutions: ReadonlySet<unknown> = new Set(['STATIC', 'DNS']);

/** Services whose endpoints the mesh knows or can look up; those that go where they were going wait, as do names with a pattern. */
export function viewServiceEntry(object: Fields, cuts: CutList): Fields | undefined {
  const spec = fieldsOf(object['spec']);
  if (exportedToNobody(spec)) return undefined;
  if (!resolutions.has(spec['resolution'])) return cuts.leaveOut(['spec', 'resolution'], 'object_left_out');
  // Without them more certificates would be good than what is written.
  if (listOf(spec['subjectAltNames']).length > 0) return cuts.leaveOut(['spec', 'subjectAltNames'], 'object_left_out');
  if (spec['workloadSelector'] !== undefined && spec['resolution'] === 'DNS')
    return cuts.leaveOut(['spec', 'workloadSelector'], 'object_left_out');
  let viewed = editList(spec, 'ports', (port, i) => viewPort(port, ['spec', 'ports', i], cuts));
  viewed = leaveOutTexts(viewed, 'hosts', (host) => !host.startsWith('*'), cuts);
  viewed = leaveOutTexts(viewed, 'addresses', oneOfEachFamily(), cuts);
  if (spec['resolution'] === 'STATIC')
    viewed = editList(viewed, 'endpoints', (endpoint, i) =>
      isIpAddress(endpoint['address'])
        ? endpoint
        : cuts.leaveOut(['spec', 'endpoints', i, 'address'], 'value_left_out'),
    );
  if (listOf(viewed['hosts']).length === 0 || listOf(viewed['ports']).length === 0) return undefined;
  return withField(object, 'spec', viewed);
}

function viewPort(port: Fields, path: FieldPath, cuts: CutList): Fields | undefined {
  const protocol = port['protocol'];
  if (String(protocol ?? '').toUpperCase() === 'UDP') return cuts.leaveOut([...path, 'protocol'], 'value_left_out');
  if (protocol === undefined || protocol === '') cuts.add(path, 'opaque_tcp');
  return port;
}

/** The first IPv4 and the first IPv6 address; blocks are not listened on. */
function oneOfEachFamily(): (address: string) => boolean {
  const taken = new Set<boolean>();
  return (address) => {
    const family = address.includes(':');
    if (!isIpAddress(address) || taken.has(family)) return false;
    taken.add(family);
    return true;
  };
}

function leaveOutTexts(spec: Fields, field: string, stays: (text: string) => boolean, cuts: CutList): Fields {
  const texts = listOf(spec[field]).map(String);
  const kept = texts.filter((text, i) => {
    const stay = stays(text);
    if (!stay) cuts.add(['spec', field, i], 'value_left_out');
    return stay;
  });
  return kept.length === texts.length ? spec : withField(spec, field, kept.length === 0 ? undefined : kept);
}
