import type { RateLimitAction, RateLimitPolicy } from '@malla/proxy-config';
import type { RateLimit, RateLimit_Action } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readHeaderMatch } from '../wire/header-match.ts';

/** Descriptors for a rate-limit service, of a route or a virtual host. */
export function readRateLimit(reader: FieldReader<RateLimit>): RateLimitPolicy {
  // Names a runtime key that could switch the policy off; there is no runtime here.
  reader.ignore('disableKey');
  const actions = reader
    .messages('actions')
    .map(readAction)
    .filter((action) => action !== undefined);
  return { stage: reader.take('stage') ?? 0, actions };
}

function readAction(reader: FieldReader<RateLimit_Action>): RateLimitAction | undefined {
  return reader.oneof<'actionSpecifier', RateLimitAction>('actionSpecifier', {
    sourceCluster: () => ({ kind: 'source-cluster' }),
    destinationCluster: () => ({ kind: 'destination-cluster' }),
    remoteAddress: () => ({ kind: 'remote-address' }),
    requestHeaders: (header) => ({
      kind: 'request-header',
      header: header.take('headerName').toLowerCase(),
      key: header.take('descriptorKey'),
      skipIfAbsent: header.take('skipIfAbsent'),
    }),
    genericKey: (generic) => ({
      kind: 'generic-key',
      key: orDefault(generic.take('descriptorKey'), 'generic_key'),
      value: generic.take('descriptorValue'),
    }),
    headerValueMatch: (match) => ({
      kind: 'header-value-match',
      key: orDefault(match.take('descriptorKey'), 'header_match'),
      value: match.take('descriptorValue'),
      expect: match.take('expectMatch') ?? true,
      headers: match.messages('headers').map(readHeaderMatch),
    }),
  });
}

function orDefault(key: string, otherwise: string): string {
  return key === '' ? otherwise : key;
}
