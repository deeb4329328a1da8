import type { CorsConfig } from '@malla/proxy-config';
import type { CorsPolicy } from '@malla/protos/gen/envoy/extensions/filters/http/cors/v3/cors_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readStringMatch } from '../wire/string-match.ts';

/** The CORS policy of a route or virtual host. */
export function readCorsPolicy(reader: FieldReader<CorsPolicy>): CorsConfig {
  const allowCredentials = reader.take('allowCredentials');
  return {
    allowOrigins: reader.messages('allowOriginStringMatch').map(readStringMatch),
    allowMethods: reader.take('allowMethods'),
    allowHeaders: reader.take('allowHeaders'),
    exposeHeaders: reader.take('exposeHeaders'),
    maxAge: reader.take('maxAge'),
    ...(allowCredentials !== undefined && { allowCredentials }),
    forwardNotMatchingPreflights: reader.take('forwardNotMatchingPreflights') ?? true,
  };
}
