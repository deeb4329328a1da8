import type { RouteTable } from '@malla/matcher';
import type { Stream } from '../stream/stream.ts';

/** Finds the route, and with it the destination, once: all filters see the same one, unless one asks for another look. */
export function findRoute(stream: Stream, table: RouteTable | undefined): void {
  const { manager } = stream;
  const route = table?.findVirtualHost(stream.head.authority)?.findRoute(stream);
  stream.route = route;
  stream.destination = route?.forward === undefined ? undefined : route.chooseDestination(manager.services.random());
}
