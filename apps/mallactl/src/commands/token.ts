import { parseDuration } from '@malla/model';
import { UsageError } from '../failure.ts';
import { toJson, toYaml } from '../output/print-data.ts';
import type { CommandInput } from '../command.ts';
import { withServer } from './connect.ts';
import type { ApiClient } from '../connection/api-client.ts';

export interface TokenOptions {
  readonly serviceAccount: string;
  readonly ttl?: string;
  readonly output?: 'token' | 'json' | 'yaml';
}

/** A join token, and what it is for. */
export interface CreatedToken {
  readonly token: string;
  readonly expiresAt: string;
  readonly spiffeId: string;
}

/** `token create`: prints the token alone to standard output, what it is for to standard error. */
export async function createToken({ options, terminal }: CommandInput<TokenOptions>): Promise<void> {
  const ttlMs = options.ttl === undefined ? undefined : parseDuration(options.ttl);
  if (options.ttl !== undefined && (ttlMs === undefined || ttlMs < 1000))
    throw new UsageError(`--ttl must be a duration of at least 1s, such as 1h, not "${options.ttl}"`);
  await withServer(options, terminal, async (client, namespace) => {
    const { serviceAccount } = options;
    const created = await requestToken(client, { namespace, serviceAccount, ...(ttlMs !== undefined && { ttlMs }) });
    if (options.output === 'json') return terminal.out(toJson(created));
    if (options.output === 'yaml') return terminal.out(toYaml(created));
    terminal.out(`${created.token}\n`);
    terminal.err(`join token of ${created.spiffeId}, to be used before ${created.expiresAt}\n`);
  });
}

export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Wished life; the authority's default without it. */
  readonly ttlMs?: number;
}

/** Has the server make a join token. */
export async function requestToken(client: ApiClient, request: TokenRequest): Promise<CreatedToken> {
  const { namespace, serviceAccount, ttlMs } = request;
  const ttl = ttlMs === undefined ? {} : { ttlSeconds: Math.floor(ttlMs / 1000) };
  const body = { namespace, serviceAccount, ...ttl };
  return (await client.send<CreatedToken>({ method: 'POST', path: '/apis/malla.io/v1/tokens', body })).body;
}
