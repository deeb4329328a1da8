import { Redis } from 'ioredis';

export interface RedisConnectionParams {
  /** `redis://` or `rediss://`, with user, password and database number as needed. */
  readonly url: string;
  /** Shown by CLIENT LIST, such as `config-api`. */
  readonly name: string;
  /** For blocking reads: no time limit per command. */
  readonly blocking?: boolean;
  /** Milliseconds that a command may take; default 3 s. */
  readonly commandTimeoutMs?: number;
  /** Commands of one turn of the event loop are sent as one; for connections with thousands of commands a second. */
  readonly pipelining?: boolean;
  /** Told when the server goes out of reach (with the reason) and when it is back (undefined). */
  readonly onAvailability?: (failure: string | undefined) => void;
}

const commandTimeoutMs = 3_000;
const mostBackOffMs = 5_000;

/**
 * Opens a connection that reconnects for ever with jittered back-off. While Redis is away, commands reject at once instead
 * of queueing: nothing here is worth waiting for, and nothing in Redis is the only copy of a user's data.
 */
export function openRedis(params: RedisConnectionParams): Redis {
  const redis = new Redis(params.url, {
    connectionName: params.name,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: commandTimeoutMs,
    keepAlive: 10_000,
    retryStrategy: (attempt) => 50 + Math.random() * Math.min(mostBackOffMs, 100 * 2 ** Math.min(attempt, 10)),
    enableAutoPipelining: params.pipelining === true,
    ...(params.blocking === true ? {} : { commandTimeout: params.commandTimeoutMs ?? commandTimeoutMs }),
  });
  let available: boolean | undefined;
  const note = (failure: string | undefined): void => {
    if (available === (failure === undefined)) return;
    available = failure === undefined;
    params.onAvailability?.(failure);
  };
  redis.on('ready', () => note(undefined));
  redis.on('error', (error: Error) => note(error.message || 'out of reach'));
  redis.on('close', () => note('the connection closed'));
  return redis;
}
