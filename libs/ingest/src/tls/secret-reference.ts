import type { SecretReference } from '@malla/proxy-config';
import type { SdsSecretConfig } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { readSource } from '../wire/config-source.ts';
import type { FieldReader } from '../wire/field-reader.ts';

/** A secret that comes by SDS. Without a source it would be one of the bootstrap's, which has none. */
export function readSecretReference(reader: FieldReader<SdsSecretConfig>): SecretReference {
  const name = reader.take('name');
  const source = readSource(reader.message('sdsConfig'));
  if (!reader.has('sdsConfig')) reader.refuse('sdsConfig', 'is required: there are no static secrets');
  return { kind: 'sds', name, ...(source ?? { source: { kind: 'ads' }, fetchTimeoutMs: 0 }) };
}
