import { isDeepStrictEqual } from 'node:util';
import { fromBinary, isFieldSet, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { Emitter } from '@malla/emit';
import { typeUrls } from '@malla/protos';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { SecretSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { arbitraryProxy } from '@malla/testkit/arbitrary-ir';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extensions } from '../test/encode.ts';
import { valuesFor, type FieldValue } from '../test/field-values.ts';
import { changed, placesOf, setField, type Place } from '../test/places.ts';
import { richResources } from '../test/rich-resources.ts';
import { ingestResource } from './ingest.ts';

const schemas: Readonly<Record<string, DescMessage>> = {
  [typeUrls.cluster]: ClusterSchema,
  [typeUrls.endpoint]: ClusterLoadAssignmentSchema,
  [typeUrls.listener]: ListenerSchema,
  [typeUrls.route]: RouteConfigurationSchema,
  [typeUrls.secret]: SecretSchema,
};

const typeOf = (url: string) => extensions.getMessage(url.slice(url.lastIndexOf('/') + 1));

/** A field of a place that is not set there. */
interface Case {
  readonly typeUrl: string;
  readonly bytes: Uint8Array;
  readonly place: Place;
  readonly field: DescField;
}

/** Each field that is unset in some resource, once for each kind of place. */
function casesOf(resources: readonly (readonly [typeUrl: string, bytes: Uint8Array])[]): Case[] {
  const cases = new Map<string, Case>();
  for (const [typeUrl, bytes] of resources) {
    const schema = schemas[typeUrl] as DescMessage;
    for (const place of placesOf(schema, fromBinary(schema, bytes), typeOf)) {
      for (const field of place.schema.fields) {
        if (isFieldSet(place.message, field)) continue;
        // Where it stands matters to a field as far as its message's own place and that above.
        const key = `${place.pattern.split('.').slice(-2).join('.')}.${field.name}`;
        const known = cases.get(key);
        if (!known || known.bytes.length > bytes.length) cases.set(key, { typeUrl, bytes, place, field });
      }
    }
  }
  return [...cases.values()];
}

/** Fields that bound others: what is beyond the bound is refused, and not the bound. */
const bounds: ReadonlySet<string> = new Set(['max_direct_response_body_size_bytes']);

/** `unknown`: nothing there reads the field, so that other values of it need not be tried. */
type Outcome = 'changed' | 'refused' | 'unknown' | 'equal' | { readonly elsewhere: string };

function outcomeOf({ typeUrl, bytes, place, field }: Case, before: unknown, { value, below }: FieldValue): Outcome {
  const schema = schemas[typeUrl] as DescMessage;
  const set = (message: Message) => setField(message, field, value);
  const after = ingestResource(typeUrl, '', changed(schema, bytes, place.steps, typeOf, set));
  if (after.ok) return isDeepStrictEqual(after.config, before) ? 'equal' : 'changed';
  const at = `${place.path}${place.path === '' ? '' : '.'}${field.name}`;
  const onTheWay = after.problems.filter(({ path }) => path !== '' && `${at}${below}`.startsWith(path));
  if (onTheWay.some(({ message }) => message === 'is not supported')) return 'unknown';
  // Another member of a oneof may also be refused for what stands beside it.
  const replaced = field.oneof && after.problems.every(({ path }) => path.startsWith(place.path));
  const named =
    replaced || onTheWay.length > 0 || bounds.has(field.name) || after.problems.some(({ path }) => path.startsWith(at));
  return named ? 'refused' : { elsewhere: `${at}${below}: ${JSON.stringify(after.problems)}` };
}

/** Where no route forwards, what a virtual host says of forwarding makes no difference. */
function forwards([typeUrl, bytes]: readonly [typeUrl: string, bytes: Uint8Array]): boolean {
  if (typeUrl !== typeUrls.route) return true;
  const { virtualHosts } = fromBinary(RouteConfigurationSchema, bytes);
  return virtualHosts.some(({ routes }) => routes.some(({ action }) => action.case === 'route'));
}

/** Facts that are accepted and change nothing, as `Type.field`, and refusals that name another field. */
function faultsOf(cases: readonly Case[]): { ignored: string[]; elsewhere: string[] } {
  const ignored = new Set<string>();
  const elsewhere: string[] = [];
  for (const one of cases) {
    const before = ingestResource(one.typeUrl, '', one.bytes);
    if (!before.ok) throw new Error(`the resource itself is refused: ${JSON.stringify(before.problems)}`);
    for (const [fact, values] of Map.groupBy(
      valuesFor(one.field, one.place.schema, 2),
      ({ fact, below }) => `${fact} ${below}`,
    )) {
      const outcomes = new Set<Outcome>();
      for (const value of values) {
        const outcome = outcomeOf(one, before.config, value);
        if (typeof outcome === 'object') elsewhere.push(outcome.elsewhere);
        outcomes.add(outcome);
        if (outcome === 'changed' || outcome === 'unknown') break;
      }
      if (outcomes.has('equal') && !outcomes.has('changed')) ignored.add(fact.slice(0, fact.indexOf(' ')));
    }
  }
  return {
    ignored: [...ignored].map((fact) => fact.replace(/^envoy\.(config\.|extensions\.)?/, '')).sort(),
    elsewhere,
  };
}

/** All that is accepted without a difference, and why. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  'there is no runtime that could override a value, so its key is only a name': [
    'core.v3.RuntimeFractionalPercent.runtime_key',
    'filters.http.fault.v3.HTTPFault.abort_grpc_status_runtime',
    'filters.http.fault.v3.HTTPFault.abort_http_status_runtime',
    'filters.http.fault.v3.HTTPFault.abort_percent_runtime',
    'filters.http.fault.v3.HTTPFault.delay_duration_runtime',
    'filters.http.fault.v3.HTTPFault.delay_percent_runtime',
    'filters.http.fault.v3.HTTPFault.max_active_faults_runtime',
    'filters.http.fault.v3.HTTPFault.response_rate_limit_percent_runtime',
    'accesslog.v3.RuntimeFilter.use_independent_randomness',
    'route.v3.RateLimit.disable_key',
    'route.v3.WeightedCluster.runtime_key_prefix',
  ],
  'it is for speed alone, or for how often something is looked at': [
    'access_loggers.grpc.v3.CommonGrpcAccessLogConfig.buffer_flush_interval',
    'access_loggers.grpc.v3.CommonGrpcAccessLogConfig.buffer_size_bytes',
    'cluster.v3.Cluster.CommonLbConfig.update_merge_window',
    'cluster.v3.Cluster.cleanup_interval',
    'core.v3.HealthCheck.reuse_connection',
    'core.v3.TcpKeepalive.keepalive_interval',
    'filters.listener.tls_inspector.v3.TlsInspector.initial_read_buffer_size',
  ],
  'the first request of a stream has the node in any case': ['core.v3.ApiConfigSource.set_node_on_first_message_only'],
  'the type tells what an extension is, to Envoy too': ['accesslog.v3.ExtensionFilter.name'],
  'there are no such statistics': [
    'filters.http.fault.v3.HTTPFault.disable_downstream_cluster_stats',
    'route.v3.Route.stat_prefix',
  ],
  'nothing reads metadata of virtual hosts and route configurations': [
    'core.v3.Metadata.filter_metadata',
    'core.v3.Metadata.typed_filter_metadata',
  ],
  'what is not known is refused, optional or not': [
    'filters.network.http_connection_manager.v3.HttpFilter.is_optional',
    'route.v3.FilterConfig.is_optional',
  ],
  'only what happens anyway is accepted': [
    'cluster.v3.OutlierDetection.enforcing_failure_percentage',
    'cluster.v3.OutlierDetection.enforcing_failure_percentage_local_origin',
    'filters.http.ext_authz.v3.ExtAuthz.transport_api_version',
    'filters.http.router.v3.Router.dynamic_stats',
    'filters.network.http_connection_manager.v3.HttpConnectionManager.stream_error_on_invalid_http_message',
    'filters.network.tcp_proxy.v3.TcpProxy.max_early_data_bytes',
    'filters.network.tcp_proxy.v3.TcpProxy.upstream_connect_mode',
    'listener.v3.FilterChain.use_proxy_proto',
    'listener.v3.Listener.enable_reuse_port',
    'route.v3.Decorator.propagate',
    'load_balancing_policies.least_request.v3.LeastRequest.enable_full_scan',
    'transport_sockets.tls.v3.DownstreamTlsContext.require_sni',
  ],
  'it is checked here': ['route.v3.RouteConfiguration.max_direct_response_body_size_bytes'],
  'it says nothing alone (an empty header value, limits like the default, no percent of anything)': [
    'cluster.v3.CircuitBreakers.Thresholds.priority',
    'core.v3.HeaderValue.key',
    'core.v3.HeaderValueOption.append',
    'core.v3.HeaderValueOption.append_action',
    'type.v3.FractionalPercent.denominator',
  ],
};

describe('every field of a resource', () => {
  it(
    'changes the configuration, is refused by its path, or is known to make no difference',
    { timeout: 240_000 },
    () => {
      const emitter = new Emitter();
      const emitted = fc.sample(arbitraryProxy, { numRuns: 15, seed: 7 }).flatMap((proxy) => {
        const resources = emitter.emit({ ...proxy, dataPlane: 'builtin', trustDomain: 'cluster.local' });
        return [...resources].flatMap(([typeUrl, byName]) =>
          [...byName.values()].map(({ any }) => [typeUrl, any.value] as const),
        );
      });
      const { ignored, elsewhere } = faultsOf(casesOf([...emitted.filter(forwards), ...richResources]));
      expect(elsewhere).toEqual([]);
      expect(ignored).toEqual(Object.values(harmless).flat().sort());
    },
  );
});
