import type { DirectResponseIr, ForwardIr, RedirectIr } from '@malla/ir';
import type { ForwardExtras, RouteConfig } from '@malla/proxy-config';
import type { Decorator, Route } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readMetadata } from '../wire/metadata.ts';
import { readEdits } from './edits.ts';
import { readForward, type ForwardDefaults } from './forward.ts';
import { readDirectResponse, readRedirect } from './other-actions.ts';
import { readPerFilterConfigs } from './per-filter-config.ts';
import { readRouteMatch } from './route-match.ts';

/** What holds for all routes of a route configuration or virtual host. */
export interface RouteContext extends ForwardDefaults {
  readonly maxDirectResponseBodyBytes: number;
}

interface Action {
  readonly action: ForwardIr | RedirectIr | DirectResponseIr;
  readonly forward?: ForwardExtras;
}

/** One route. */
export function readRoute(reader: FieldReader<Route>, context: RouteContext): RouteConfig {
  // Statistics per route are not kept.
  reader.ignore('statPrefix');
  const action = reader.oneof<'action', Action>('action', {
    route: (route) => readForward(route, context),
    redirect: (redirect) => ({ action: readRedirect(redirect) }),
    directResponse: (response) => ({ action: readDirectResponse(response, context.maxDirectResponseBodyBytes) }),
  });
  const operation = readOperation(reader.message('decorator'));
  return {
    name: reader.take('name'),
    ...(operation !== undefined && { operation }),
    match: readRouteMatch(reader.message('match')),
    ...(action ?? { action: { kind: 'direct-response', status: 404, body: '' } }),
    headers: readEdits(reader),
    filters: readPerFilterConfigs(reader),
    metadata: readMetadata(reader.message('metadata')),
  };
}

/** What spans of its requests are called; other proxies are always told. */
function readOperation(reader: FieldReader<Decorator> | undefined): string | undefined {
  reader?.expect('propagate', true);
  return reader?.take('operation');
}
