/** What Envoy counts below `http2.`, under its names. Counted up only. */
export class Http2Counters {
  /** Fields dropped for an underscore, and heads refused for one. */
  dropped_headers_with_underscores = 0;
  requests_rejected_with_underscores_in_headers = 0;
  /** Heads above the limits. */
  header_overflow = 0;
  inbound_empty_frames_flood = 0;
  inbound_priority_frames_flood = 0;
  inbound_window_update_frames_flood = 0;
  outbound_control_flood = 0;
  outbound_flood = 0;
  /** RST_STREAM frames received and sent. */
  rx_reset = 0;
  tx_reset = 0;
  /** Malformed messages. */
  rx_messaging_error = 0;
  /** Streams refused for their number. */
  stream_refused_errors = 0;
  trailers = 0;
  goaway_sent = 0;
  /** Streams reset because their peer took nothing. */
  tx_flush_timeout = 0;
  keepalive_timeout = 0;
}
