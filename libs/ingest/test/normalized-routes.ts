import {
  noHeaderEdits,
  type HeaderEditsIr,
  type HeaderOperationsIr,
  type RedirectIr,
  type RouteActionIr,
  type RouteConfigIr,
  type RouteIr,
  type RouteMatchIr,
  type ValueMatch,
  type VirtualHostIr,
} from '@malla/ir';
import type { RouteTableConfig } from '@malla/proxy-config';

/** The part of a route table that is IR. */
export function coreOf({ name, matchPorts, virtualHosts }: RouteTableConfig): RouteConfigIr {
  return {
    name,
    ...(matchPorts !== undefined && { matchPorts }),
    virtualHosts: virtualHosts.map((host) => ({
      name: host.name,
      domains: host.domains,
      routes: host.routes.map(({ name: routeName, match, action, headers }) => ({
        name: routeName,
        match,
        action,
        headers,
      })),
    })),
  };
}

/**
 * IR as it comes back from xDS, which has fewer ways to say the same:
 * - a single destination has no weight, and its edits and host rewrite stand on the route;
 * - edits of a route with several destinations stand on each of them, before the destination's own;
 * - a prefix or suffix that every text has is an expression;
 * - a redirect's port is a number, or the scheme's own;
 * - faults are configuration of a filter; origins are metadata.
 */
export function normalized({ name, matchPorts, virtualHosts }: RouteConfigIr): RouteConfigIr {
  return {
    name,
    ...(matchPorts && { matchPorts }),
    virtualHosts: virtualHosts.map((host) => ({ ...host, routes: host.routes.map((route) => routeOf(route, host)) })),
  };
}

function routeOf({ name, match, action, headers }: RouteIr, host: VirtualHostIr): RouteIr {
  const only = action.kind === 'forward' && action.destinations.length === 1 ? action.destinations[0] : undefined;
  const onDestinations = action.kind === 'forward' && !only;
  return {
    name,
    match: matchOf(match),
    action: actionOf(action, headers, host),
    headers: onDestinations ? noHeaderEdits : merged(headers, only?.headers ?? noHeaderEdits),
  };
}

function actionOf(action: RouteActionIr, headers: HeaderEditsIr, host: VirtualHostIr): RouteActionIr {
  if (action.kind === 'redirect') return redirectOf(action, host);
  if (action.kind !== 'forward') return action;
  const [first, ...others] = action.destinations;
  if (first && others.length === 0) {
    const hostRewrite = first.hostRewrite ?? action.hostRewrite;
    return {
      ...action,
      destinations: [{ cluster: first.cluster, weight: 1, headers: noHeaderEdits }],
      ...(hostRewrite !== undefined && { hostRewrite }),
    };
  }
  return {
    ...action,
    destinations: action.destinations.map((destination) => ({
      ...destination,
      headers: merged(headers, destination.headers),
    })),
  };
}

function redirectOf({ port, ...redirect }: RedirectIr, { name }: VirtualHostIr): RedirectIr {
  const number = port === 'request-port' ? Number(/:(\d+)$/.exec(name)?.[1]) : port;
  return { ...redirect, ...(typeof number === 'number' && !Number.isNaN(number) && { port: number }) };
}

function matchOf({ method, authority, ...match }: RouteMatchIr): RouteMatchIr {
  return {
    ...match,
    ...(method && { method: valueOf(method) }),
    ...(authority && { authority: valueOf(authority) }),
    headers: match.headers.map((header) => ({ ...header, match: valueOf(header.match) })),
    queryParameters: match.queryParameters.map((parameter) => ({ ...parameter, match: valueOf(parameter.match) })),
  };
}

function valueOf(match: ValueMatch): ValueMatch {
  const always = (match.kind === 'prefix' || match.kind === 'suffix') && match.value === '';
  return always ? { kind: 'regex', value: '.*' } : match;
}

function merged(first: HeaderEditsIr, second: HeaderEditsIr): HeaderEditsIr {
  const both = (one: HeaderOperationsIr, two: HeaderOperationsIr): HeaderOperationsIr => ({
    set: [...one.set, ...two.set],
    add: [...one.add, ...two.add],
    remove: [...one.remove, ...two.remove],
  });
  return { request: both(first.request, second.request), response: both(first.response, second.response) };
}
