import type { Any } from '@bufbuild/protobuf/wkt';
import type { PerFilterConfig } from '@malla/proxy-config';
import type { RouteConfiguration } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import {
  FilterConfigSchema,
  type FilterConfig,
  type Route,
  type VirtualHost,
  type WeightedCluster_ClusterWeight,
} from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import { perFilterCases } from '../http/per-filter-cases.ts';
import { anyCase, unpack } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';

/** Messages that configure HTTP filters for a part of the traffic; they name the field alike. */
type Holder = FieldReader<RouteConfiguration | VirtualHost | Route | WeightedCluster_ClusterWeight>;

/** Configuration of HTTP filters by filter name. */
export function readPerFilterConfigs(holder: unknown): ReadonlyMap<string, PerFilterConfig> {
  const reader = holder as Holder as FieldReader<Route>;
  const configs = new Map<string, PerFilterConfig>();
  for (const [name, any] of reader.entries('typedPerFilterConfig')) {
    const config = unpack<PerFilterConfig | undefined>(any as FieldReader<Any>, cases);
    if (config) configs.set(name, config);
  }
  return configs;
}

const cases = [...perFilterCases, anyCase(FilterConfigSchema, readFilterConfig)];

/** The wrapper that can also switch a filter off. */
function readFilterConfig(reader: FieldReader<FilterConfig>): PerFilterConfig | undefined {
  // What would be skipped when it is unknown is refused then: this proxy knows what it can do.
  reader.ignore('isOptional');
  const disabled = reader.take('disabled');
  const any = reader.message('config');
  const config = any && unpack<PerFilterConfig | undefined>(any, perFilterCases);
  if (!disabled && !any) reader.reading.report(reader.path, 'has neither config nor disabled');
  return disabled ? { kind: 'disabled' } : config;
}
