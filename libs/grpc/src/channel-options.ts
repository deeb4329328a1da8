import type { ChannelOptions } from '@grpc/grpc-js';

/** The largest answer that a client takes: a whole configuration snapshot with room to spare. */
export const maxMessageBytes = 64 * 1024 * 1024;

/** The largest request that a server takes unless it asks for less: names and versions of a whole mesh. A peer must not fill its memory. */
export const maxRequestBytes = 16 * 1024 * 1024;

/** Calls that one connection may have open; agents have a handful. */
const maxStreams = 1_000;

/** Pings find a dead or black-holed connection within 15 seconds: every 10 s, answered within 5 s. */
const keepalive: ChannelOptions = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 1,
};

/** Options of every server. */
export const serverOptions: ChannelOptions = {
  ...keepalive,
  'grpc.max_receive_message_length': maxRequestBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc.max_concurrent_streams': maxStreams,
};

/**
 * Options of every client channel. Reconnects begin after half a second and are spread by gRPC's own jitter (20 %);
 * HTTP proxies of the environment are not for traffic between Malla's parts.
 */
export const clientOptions: ChannelOptions = {
  ...keepalive,
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 10_000,
  'grpc.enable_http_proxy': 0,
};
