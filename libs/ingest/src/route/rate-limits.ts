import type { RateLimitAction, RateLimitPolicy, RateLimitValuePart } from '@malla/proxy-config';
import type { RateLimit, RateLimit_Action } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { plainHeaderText } from '../wire/header-text.ts';
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
      value: valueParts(generic.take('descriptorValue'), (problem) => generic.refuse('descriptorValue', problem)),
      defaultValue: generic.take('defaultValue'),
    }),
    headerValueMatch: (match) => ({
      kind: 'header-value-match',
      key: orDefault(match.take('descriptorKey'), 'header_match'),
      value: plainHeaderText(match.take('descriptorValue'), (problem) => match.refuse('descriptorValue', problem)),
      expect: match.take('expectMatch') ?? true,
      headers: match.messages('headers').map(readHeaderMatch),
    }),
  });
}

const commands: Readonly<Record<string, RateLimitValuePart>> = {
  '%DOWNSTREAM_PEER_URI_SAN%': 'peer-uri-san',
  '%PATH(NQ:PATH)%': 'path',
  '%%': { text: '%' },
};

/**
 * The parts of a value, which is a format as in access logs. Envoy takes it for one when its bootstrap has
 * `envoy.reloadable_features.enable_formatter_for_ratelimit_action_descriptor_value`; of the commands there are the few above.
 */
function valueParts(value: string, tell: (problem: string) => void): readonly RateLimitValuePart[] {
  const parts: RateLimitValuePart[] = [];
  for (const part of value.split(/(%[^%]*%)/).filter((each) => each !== '')) {
    const command = Object.hasOwn(commands, part) ? commands[part] : undefined;
    if (command !== undefined) parts.push(command);
    else if (part.includes('%')) tell(`commands are not supported in ${JSON.stringify(value)}`);
    else parts.push({ text: part });
  }
  return parts;
}

function orDefault(key: string, otherwise: string): string {
  return key === '' ? otherwise : key;
}
