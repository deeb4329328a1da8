import { setTimeout as sleep } from 'node:timers/promises';
import { MallaError } from '@malla/model';
import type { ApiClient } from '../connection/api-client.ts';
import type { Terminal } from '../terminal.ts';
import type { Proxy, ProxyList } from './proxy-status.ts';

export interface WaitParams {
  readonly client: ApiClient;
  readonly terminal: Terminal;
  /** The newest revision that was written. */
  readonly revision: number;
  readonly timeoutMs: number;
}

const pollMs = 200;

/**
 * Resolves when every connected proxy has acknowledged a revision. Throws `internal` with the proxy's words when one refuses it, and
 * `unavailable` with the names of those that are behind when time is up.
 */
export async function waitAcknowledged({ client, terminal, revision, timeoutMs }: WaitParams): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let shown = '';
  for (;;) {
    const { items } = await client.get<ProxyList>('/apis/malla.io/v1/proxies');
    const behind = items.filter((proxy) => !hasAcknowledged(proxy, revision));
    const progress = `${items.length - behind.length} of ${items.length} proxies have acknowledged revision ${revision}\n`;
    if (progress !== shown) terminal.err(progress);
    shown = progress;
    const refusal = items.flatMap((proxy) => refusals(proxy))[0];
    if (refusal !== undefined)
      throw new MallaError('internal', `${refusal}; the proxy keeps what it had. Mend the resource, or roll it back`);
    if (behind.length === 0) return;
    if (terminal.signal.aborted || performance.now() > deadline) {
      const names = behind
        .slice(0, 5)
        .map((p) => p.id)
        .join(', ');
      throw new MallaError(
        'unavailable',
        `not acknowledged in time by ${names}${behind.length > 5 ? ` and ${behind.length - 5} more` : ''}; see mallactl proxy-status`,
      );
    }
    await sleep(pollMs, undefined, { signal: terminal.signal }).catch(() => undefined);
  }
}

function hasAcknowledged(proxy: Proxy, revision: number): boolean {
  if (Number(proxy.revision ?? 0) < revision) return false;
  return Object.values(proxy.types).every(({ sent, acked }) => sent === undefined || sent.version === acked?.version);
}

function refusals({ id, types }: Proxy): string[] {
  return Object.values(types).flatMap(({ nacked }) =>
    nacked === undefined ? [] : [`${id} refused it: ${nacked.message}`],
  );
}
