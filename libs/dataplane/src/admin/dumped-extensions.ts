import { file_envoy_config_trace_v3_opentelemetry } from '@malla/protos/gen/envoy/config/trace/v3/opentelemetry_pb';
import { file_envoy_extensions_access_loggers_file_v3_file } from '@malla/protos/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import { file_envoy_extensions_access_loggers_filters_cel_v3_cel } from '@malla/protos/gen/envoy/extensions/access_loggers/filters/cel/v3/cel_pb';
import { file_envoy_extensions_access_loggers_grpc_v3_als } from '@malla/protos/gen/envoy/extensions/access_loggers/grpc/v3/als_pb';
import { file_envoy_extensions_access_loggers_stats_v3_stats } from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';
import { file_envoy_extensions_access_loggers_stream_v3_stream } from '@malla/protos/gen/envoy/extensions/access_loggers/stream/v3/stream_pb';
import { file_envoy_extensions_common_ratelimit_v3_ratelimit } from '@malla/protos/gen/envoy/extensions/common/ratelimit/v3/ratelimit_pb';
import { file_envoy_extensions_filters_common_fault_v3_fault } from '@malla/protos/gen/envoy/extensions/filters/common/fault/v3/fault_pb';
import { file_envoy_extensions_filters_common_set_filter_state_v3_value } from '@malla/protos/gen/envoy/extensions/filters/common/set_filter_state/v3/value_pb';
import { file_envoy_extensions_filters_http_cors_v3_cors } from '@malla/protos/gen/envoy/extensions/filters/http/cors/v3/cors_pb';
import { file_envoy_extensions_filters_http_ext_authz_v3_ext_authz } from '@malla/protos/gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb';
import { file_envoy_extensions_filters_http_fault_v3_fault } from '@malla/protos/gen/envoy/extensions/filters/http/fault/v3/fault_pb';
import { file_envoy_extensions_filters_http_grpc_stats_v3_config } from '@malla/protos/gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb';
import { file_envoy_extensions_filters_http_header_mutation_v3_header_mutation } from '@malla/protos/gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb';
import { file_envoy_extensions_filters_http_header_to_metadata_v3_header_to_metadata } from '@malla/protos/gen/envoy/extensions/filters/http/header_to_metadata/v3/header_to_metadata_pb';
import { file_envoy_extensions_filters_http_health_check_v3_health_check } from '@malla/protos/gen/envoy/extensions/filters/http/health_check/v3/health_check_pb';
import { file_envoy_extensions_filters_http_local_ratelimit_v3_local_rate_limit } from '@malla/protos/gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb';
import { file_envoy_extensions_filters_http_lua_v3_lua } from '@malla/protos/gen/envoy/extensions/filters/http/lua/v3/lua_pb';
import { file_envoy_extensions_filters_http_on_demand_v3_on_demand } from '@malla/protos/gen/envoy/extensions/filters/http/on_demand/v3/on_demand_pb';
import { file_envoy_extensions_filters_http_ratelimit_v3_rate_limit } from '@malla/protos/gen/envoy/extensions/filters/http/ratelimit/v3/rate_limit_pb';
import { file_envoy_extensions_filters_http_rbac_v3_rbac } from '@malla/protos/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb';
import { file_envoy_extensions_filters_http_router_v3_router } from '@malla/protos/gen/envoy/extensions/filters/http/router/v3/router_pb';
import { file_envoy_extensions_filters_http_set_filter_state_v3_set_filter_state } from '@malla/protos/gen/envoy/extensions/filters/http/set_filter_state/v3/set_filter_state_pb';
import { file_envoy_extensions_filters_http_upstream_codec_v3_upstream_codec } from '@malla/protos/gen/envoy/extensions/filters/http/upstream_codec/v3/upstream_codec_pb';
import { file_envoy_extensions_filters_listener_http_inspector_v3_http_inspector } from '@malla/protos/gen/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb';
import { file_envoy_extensions_filters_listener_original_dst_v3_original_dst } from '@malla/protos/gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb';
import { file_envoy_extensions_filters_listener_tls_inspector_v3_tls_inspector } from '@malla/protos/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb';
import { file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { file_envoy_extensions_filters_network_rbac_v3_rbac } from '@malla/protos/gen/envoy/extensions/filters/network/rbac/v3/rbac_pb';
import { file_envoy_extensions_filters_network_tcp_proxy_v3_tcp_proxy } from '@malla/protos/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb';
import { file_envoy_extensions_http_early_header_mutation_header_mutation_v3_header_mutation } from '@malla/protos/gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb';
import { file_envoy_extensions_load_balancing_policies_client_side_weighted_round_robin_v3_client_side_weighted_round_robin } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/client_side_weighted_round_robin/v3/client_side_weighted_round_robin_pb';
import { file_envoy_extensions_load_balancing_policies_cluster_provided_v3_cluster_provided } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/cluster_provided/v3/cluster_provided_pb';
import { file_envoy_extensions_load_balancing_policies_common_v3_common } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/common/v3/common_pb';
import { file_envoy_extensions_load_balancing_policies_least_request_v3_least_request } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb';
import { file_envoy_extensions_load_balancing_policies_maglev_v3_maglev } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/maglev/v3/maglev_pb';
import { file_envoy_extensions_load_balancing_policies_random_v3_random } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/random/v3/random_pb';
import { file_envoy_extensions_load_balancing_policies_ring_hash_v3_ring_hash } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb';
import { file_envoy_extensions_load_balancing_policies_round_robin_v3_round_robin } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin_pb';
import { file_envoy_extensions_load_balancing_policies_wrr_locality_v3_wrr_locality } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/wrr_locality/v3/wrr_locality_pb';
import { file_envoy_extensions_matching_common_inputs_environment_variable_v3_input } from '@malla/protos/gen/envoy/extensions/matching/common_inputs/environment_variable/v3/input_pb';
import { file_envoy_extensions_matching_common_inputs_network_v3_network_inputs } from '@malla/protos/gen/envoy/extensions/matching/common_inputs/network/v3/network_inputs_pb';
import { file_envoy_extensions_matching_common_inputs_ssl_v3_ssl_inputs } from '@malla/protos/gen/envoy/extensions/matching/common_inputs/ssl/v3/ssl_inputs_pb';
import { file_envoy_extensions_matching_common_inputs_stats_v3_stats } from '@malla/protos/gen/envoy/extensions/matching/common_inputs/stats/v3/stats_pb';
import { file_envoy_extensions_matching_common_inputs_transport_socket_v3_transport_socket_inputs } from '@malla/protos/gen/envoy/extensions/matching/common_inputs/transport_socket/v3/transport_socket_inputs_pb';
import { file_envoy_extensions_request_id_uuid_v3_uuid } from '@malla/protos/gen/envoy/extensions/request_id/uuid/v3/uuid_pb';
import { file_envoy_extensions_resource_monitors_downstream_connections_v3_downstream_connections } from '@malla/protos/gen/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb';
import { file_envoy_extensions_resource_monitors_fixed_heap_v3_fixed_heap } from '@malla/protos/gen/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap_pb';
import { file_envoy_extensions_retry_host_omit_canary_hosts_v3_omit_canary_hosts } from '@malla/protos/gen/envoy/extensions/retry/host/omit_canary_hosts/v3/omit_canary_hosts_pb';
import { file_envoy_extensions_retry_host_omit_host_metadata_v3_omit_host_metadata_config } from '@malla/protos/gen/envoy/extensions/retry/host/omit_host_metadata/v3/omit_host_metadata_config_pb';
import { file_envoy_extensions_retry_host_previous_hosts_v3_previous_hosts } from '@malla/protos/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb';
import { file_envoy_extensions_retry_priority_previous_priorities_v3_previous_priorities_config } from '@malla/protos/gen/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb';
import { file_envoy_extensions_tracers_opentelemetry_resource_detectors_v3_environment_resource_detector } from '@malla/protos/gen/envoy/extensions/tracers/opentelemetry/resource_detectors/v3/environment_resource_detector_pb';
import { file_envoy_extensions_transport_sockets_raw_buffer_v3_raw_buffer } from '@malla/protos/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb';
import { file_envoy_extensions_transport_sockets_tls_v3_cert } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/cert_pb';
import { file_envoy_extensions_transport_sockets_tls_v3_common } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import { file_envoy_extensions_transport_sockets_tls_v3_secret } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { file_envoy_extensions_transport_sockets_tls_v3_tls } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { file_envoy_extensions_transport_sockets_tls_v3_tls_spiffe_validator_config } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/tls_spiffe_validator_config_pb';
import { file_envoy_extensions_upstreams_http_v3_http_protocol_options } from '@malla/protos/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb';

/** Files of the messages that stand in an Any of what this program is given; for JSON of configuration dumps. */
export const dumpedExtensions = [
  file_envoy_config_trace_v3_opentelemetry,
  file_envoy_extensions_access_loggers_file_v3_file,
  file_envoy_extensions_access_loggers_filters_cel_v3_cel,
  file_envoy_extensions_access_loggers_grpc_v3_als,
  file_envoy_extensions_access_loggers_stats_v3_stats,
  file_envoy_extensions_access_loggers_stream_v3_stream,
  file_envoy_extensions_common_ratelimit_v3_ratelimit,
  file_envoy_extensions_filters_common_fault_v3_fault,
  file_envoy_extensions_filters_common_set_filter_state_v3_value,
  file_envoy_extensions_filters_http_cors_v3_cors,
  file_envoy_extensions_filters_http_ext_authz_v3_ext_authz,
  file_envoy_extensions_filters_http_fault_v3_fault,
  file_envoy_extensions_filters_http_grpc_stats_v3_config,
  file_envoy_extensions_filters_http_header_mutation_v3_header_mutation,
  file_envoy_extensions_filters_http_header_to_metadata_v3_header_to_metadata,
  file_envoy_extensions_filters_http_health_check_v3_health_check,
  file_envoy_extensions_filters_http_local_ratelimit_v3_local_rate_limit,
  file_envoy_extensions_filters_http_lua_v3_lua,
  file_envoy_extensions_filters_http_on_demand_v3_on_demand,
  file_envoy_extensions_filters_http_ratelimit_v3_rate_limit,
  file_envoy_extensions_filters_http_rbac_v3_rbac,
  file_envoy_extensions_filters_http_router_v3_router,
  file_envoy_extensions_filters_http_set_filter_state_v3_set_filter_state,
  file_envoy_extensions_filters_http_upstream_codec_v3_upstream_codec,
  file_envoy_extensions_filters_listener_http_inspector_v3_http_inspector,
  file_envoy_extensions_filters_listener_original_dst_v3_original_dst,
  file_envoy_extensions_filters_listener_tls_inspector_v3_tls_inspector,
  file_envoy_extensions_filters_network_http_connection_manager_v3_http_connection_manager,
  file_envoy_extensions_filters_network_rbac_v3_rbac,
  file_envoy_extensions_filters_network_tcp_proxy_v3_tcp_proxy,
  file_envoy_extensions_http_early_header_mutation_header_mutation_v3_header_mutation,
  file_envoy_extensions_load_balancing_policies_client_side_weighted_round_robin_v3_client_side_weighted_round_robin,
  file_envoy_extensions_load_balancing_policies_cluster_provided_v3_cluster_provided,
  file_envoy_extensions_load_balancing_policies_common_v3_common,
  file_envoy_extensions_load_balancing_policies_least_request_v3_least_request,
  file_envoy_extensions_load_balancing_policies_maglev_v3_maglev,
  file_envoy_extensions_load_balancing_policies_random_v3_random,
  file_envoy_extensions_load_balancing_policies_ring_hash_v3_ring_hash,
  file_envoy_extensions_load_balancing_policies_round_robin_v3_round_robin,
  file_envoy_extensions_load_balancing_policies_wrr_locality_v3_wrr_locality,
  file_envoy_extensions_matching_common_inputs_environment_variable_v3_input,
  file_envoy_extensions_matching_common_inputs_network_v3_network_inputs,
  file_envoy_extensions_matching_common_inputs_ssl_v3_ssl_inputs,
  file_envoy_extensions_matching_common_inputs_stats_v3_stats,
  file_envoy_extensions_matching_common_inputs_transport_socket_v3_transport_socket_inputs,
  file_envoy_extensions_request_id_uuid_v3_uuid,
  file_envoy_extensions_resource_monitors_downstream_connections_v3_downstream_connections,
  file_envoy_extensions_resource_monitors_fixed_heap_v3_fixed_heap,
  file_envoy_extensions_retry_host_omit_canary_hosts_v3_omit_canary_hosts,
  file_envoy_extensions_retry_host_omit_host_metadata_v3_omit_host_metadata_config,
  file_envoy_extensions_retry_host_previous_hosts_v3_previous_hosts,
  file_envoy_extensions_retry_priority_previous_priorities_v3_previous_priorities_config,
  file_envoy_extensions_tracers_opentelemetry_resource_detectors_v3_environment_resource_detector,
  file_envoy_extensions_transport_sockets_raw_buffer_v3_raw_buffer,
  file_envoy_extensions_transport_sockets_tls_v3_cert,
  file_envoy_extensions_transport_sockets_tls_v3_common,
  file_envoy_extensions_transport_sockets_tls_v3_secret,
  file_envoy_extensions_transport_sockets_tls_v3_tls,
  file_envoy_extensions_transport_sockets_tls_v3_tls_spiffe_validator_config,
  file_envoy_extensions_upstreams_http_v3_http_protocol_options,
] as const;
