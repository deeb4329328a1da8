import type { DataSource } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { FieldReader } from './field-reader.ts';

/** Text that is given in place. Files and environment variables are refused: keys come by SDS. */
export function readDataSource(reader: FieldReader<DataSource>): string {
  return (
    reader.oneof<'specifier', string>('specifier', {
      inlineString: (text) => text,
      inlineBytes: (bytes) => Buffer.from(bytes).toString('utf8'),
    }) ?? ''
  );
}
