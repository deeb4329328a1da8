import type { Metadata } from '@malla/proxy-config';
import type { LogFacts } from './log-facts.ts';
import type { LogValue, OperatorMaker } from './operator.ts';

/** Operators that read metadata: `NAMESPACE:key:key`. */
export const metadataOperators: Readonly<Record<string, OperatorMaker>> = {
  CLUSTER_METADATA: (argument) => path(argument, ({ upstream }) => upstream?.config?.metadata),
  UPSTREAM_METADATA: (argument) => path(argument, ({ upstream }) => upstream?.hostMetadata),
  METADATA: (argument) => {
    const [kind = '', ...rest] = (argument ?? '').split(':');
    const maker = { CLUSTER: 'CLUSTER_METADATA', UPSTREAM_HOST: 'UPSTREAM_METADATA' }[kind];
    if (maker !== undefined) return metadataOperators[maker]?.(rest.join(':'));
    return kind === 'ROUTE' ? path(rest.join(':'), ({ http }) => http?.routeMetadata) : () => undefined;
  },
  DYNAMIC_METADATA: (argument) => path(argument, ({ http }) => http?.dynamicMetadata),
  FILTER_STATE: (argument) =>
    argument === 'envoy.filters.http.grpc_stats:PLAIN' ? ({ http }) => http?.grpcMessages : undefined,
};

function path(argument: string | undefined, read: (facts: LogFacts) => Metadata | undefined) {
  if (argument === undefined || argument === '') return undefined;
  const keys = argument.split(':');
  const [namespace, first] = keys as [string, string | undefined];
  if (keys.length === 2) {
    return (facts: LogFacts): LogValue => {
      const value = read(facts)?.[namespace]?.[first as string];
      return typeof value === 'object' && value !== null ? sorted(value) : (value as LogValue);
    };
  }
  return (facts: LogFacts): LogValue => {
    let value: unknown = read(facts);
    for (const key of keys) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = (value as Record<string, unknown>)[key];
    }
    return typeof value === 'object' && value !== null ? sorted(value) : (value as LogValue);
  };
}

const sortedObjects = new WeakMap<object, object>();

/** Keys in order of the alphabet, as protobuf prints its maps. */
function sorted(value: object): LogValue {
  const known = sortedObjects.get(value);
  if (known !== undefined) return known as LogValue;
  const made = sortKeys(value) as object;
  sortedObjects.set(value, made);
  return made as LogValue;
}

function sortKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
