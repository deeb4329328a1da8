import type { ConnectionPredicate } from '@malla/proxy-config';

/** Does a condition on a connection's destination port hold? The original port, when it was restored. */
export function holds(predicate: ConnectionPredicate, port: number): boolean {
  switch (predicate.kind) {
    case 'any':
      return true;
    case 'not':
      return !holds(predicate.of, port);
    case 'or':
      return predicate.of.some((part) => holds(part, port));
    case 'and':
      return predicate.of.every((part) => holds(part, port));
    case 'destination-port':
      return port >= predicate.start && port < predicate.end;
  }
}
