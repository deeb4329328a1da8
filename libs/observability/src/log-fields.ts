/**
 * The names of log fields. Messages are constant, facts are fields; so that one query finds an event in every service.
 * Add a name here before using it in two services.
 */
export const logFields = {
  /** The SPIFFE id that the event is about. */
  identity: 'identity',
  /** The SPIFFE id of the caller. */
  peer: 'peer',
  /** `host:port` of the other side. */
  address: 'address',
  /** Full gRPC method, such as `/malla.config.v1.ConfigService/Watch`. */
  method: 'method',
  /** Why, in words for people. */
  reason: 'reason',
  /** A MallaError code. */
  code: 'code',
  /** A span of time in milliseconds. */
  durationMs: 'durationMs',
  /** How long until the next try, in milliseconds. */
  retryInMs: 'retryInMs',
  /** When something ends, ISO 8601. */
  expiresAt: 'expiresAt',
  /** A certificate's serial number, hexadecimal. */
  serial: 'serial',
  /** Kind, namespace and name of a resource. */
  resource: 'resource',
  /** A configuration revision. */
  revision: 'revision',
  /** An id of a proxy, from its xDS node. */
  proxy: 'proxy',
  /** An xDS type URL. */
  typeUrl: 'typeUrl',
  /** Why a process ends. */
  signal: 'signal',
  port: 'port',
  path: 'path',
  /** Who did it, for audit lines. */
  actor: 'actor',
  /** The thrown error, with stack and causes. */
  error: 'err',
} as const;
