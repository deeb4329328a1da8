import type { FieldPath } from '@malla/model';
import { editField, editList, fieldsOf, listOf, withField, type Fields } from '../edit.ts';
import type { CutList } from './part.ts';

/** Certificates from elsewhere than one Secret, and conditions on clients' certificates: without them a server would not be what is written. */
const needed = [
  'serverCertificate',
  'privateKey',
  'caCertificates',
  'caCrl',
  'tlsCertificates',
  'credentialNames',
  'caCertCredentialName',
  'verifyCertificateSpki',
] as const;

/** No Secret has this name, so that connections which ask for it fail. */
const noCredential = 'not-enforced.invalid';

/** Servers that cannot be opened as written are left out; TLS that cannot be set up as written fails. */
export function viewGateway(object: Fields, cuts: CutList): Fields | undefined {
  const spec = editField(object, 'spec', (fields) =>
    editList(fields, 'servers', (server, i) => viewServer(server, ['spec', 'servers', i], cuts)),
  );
  return listOf(fieldsOf(spec['spec'])['servers']).length === 0 ? undefined : spec;
}

function viewServer(server: Fields, path: FieldPath, cuts: CutList): Fields | undefined {
  if (String(server['bind'] ?? '').startsWith('unix://')) return cuts.leaveOut([...path, 'bind'], 'value_left_out');
  const protocol = String(fieldsOf(server['port'])['protocol']).toUpperCase();
  if (protocol === 'UDP') return cuts.leaveOut([...path, 'port', 'protocol'], 'value_left_out');
  if (fieldsOf(server['tls'])['mode'] === 'AUTO_PASSTHROUGH')
    return cuts.leaveOut([...path, 'tls', 'mode'], 'value_left_out');
  return editField(server, 'tls', (tls) => viewTls(tls, [...path, 'tls'], cuts));
}

function viewTls(tls: Fields, path: FieldPath, cuts: CutList): Fields {
  // TLS that passes through needs no certificate.
  if (tls['mode'] === undefined || tls['mode'] === 'PASSTHROUGH') return tls;
  const set = needed.filter((field) => tls[field] !== undefined);
  if (set.length === 0) return tls;
  for (const field of set) cuts.add([...path, field], 'connections_fail');
  const without = set.reduce<Fields>((left, field) => withField(left, field, undefined), tls);
  const failing = withField(without, 'credentialName', noCredential);
  return tls['mode'] === 'ISTIO_MUTUAL' ? withField(failing, 'mode', 'MUTUAL') : failing;
}
