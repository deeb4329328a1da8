import type { Dispatcher } from 'undici';
import type { KubeAccess, KubeTls } from '../access/kube-access.ts';

/** A service without a cluster does not load it: a sixth of a second of its start. */
export const loadUndici = () => import('undici');

type Undici = Awaited<ReturnType<typeof loadUndici>>;

const connectTimeoutMs = 10_000;
const keepAliveInitialDelay = 15_000;

/** Connections to one API server; new ones when certificates have changed. */
export class Connections {
  readonly #access: KubeAccess;
  #tls: KubeTls | undefined;
  #dispatcher: Dispatcher | undefined;

  constructor(access: KubeAccess) {
    this.#access = access;
  }

  /** Those of this material; what runs over older ones ends there. */
  async of(tls: KubeTls): Promise<Dispatcher> {
    const undici = await loadUndici();
    if (this.#dispatcher !== undefined && this.#tls === tls) return this.#dispatcher;
    void this.#dispatcher?.close().catch(() => undefined);
    this.#tls = tls;
    this.#dispatcher = this.#open(undici, tls);
    return this.#dispatcher;
  }

  /** Ends whatever is running. */
  async close(): Promise<void> {
    await this.#dispatcher?.destroy();
  }

  #open({ Agent, ProxyAgent }: Undici, { ca, cert, key, servername, verify }: KubeTls): Dispatcher {
    const connect = {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
      rejectUnauthorized: verify,
      timeout: connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelay,
    };
    // A watch has a connection of its own: one that is read slowly must not hold others up.
    const options = { allowH2: false, bodyTimeout: 0 };
    const { proxyUrl } = this.#access;
    return proxyUrl === undefined
      ? new Agent({ ...options, connect })
      : new ProxyAgent({ ...options, uri: proxyUrl, requestTls: connect });
  }
}
