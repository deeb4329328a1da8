import type { FieldPath } from '@malla/model';
import { dataAt, hasData, items, number, text } from '../../resources/read.ts';
import type { Subject } from '../../resources/subject.ts';

/** A place in a VirtualService that names a destination. */
export interface RouteDestination {
  readonly isMirror: boolean;
  readonly path: FieldPath;
  readonly host: string;
  readonly subset: string;
  /** Undefined if the destination names no port. */
  readonly port: number | undefined;
}

/** Destinations of all routes and mirrors. */
export function destinationsOf({ spec }: Subject): RouteDestination[] {
  const found: RouteDestination[] = [];
  for (const protocol of ['tcp', 'tls', 'http'] as const) {
    for (const [i, rule] of items(spec, protocol).entries())
      for (const [j, route] of items(rule, 'route').entries())
        found.push(read(route['destination'], ['spec', protocol, i, 'route', j, 'destination'], false));
  }
  for (const [i, rule] of items(spec, 'http').entries()) {
    if (hasData(rule, 'mirror')) found.push(read(rule['mirror'], ['spec', 'http', i, 'mirror'], true));
    for (const [j, mirror] of items(rule, 'mirrors').entries())
      found.push(read(mirror['destination'], ['spec', 'http', i, 'mirrors', j, 'destination'], true));
  }
  return found;
}

function read(destination: unknown, path: FieldPath, isMirror: boolean): RouteDestination {
  return {
    isMirror,
    path,
    host: text(destination, 'host'),
    subset: text(destination, 'subset'),
    port: hasData(destination, 'port') ? (number(dataAt(destination, 'port'), 'number') ?? 0) : undefined,
  };
}
