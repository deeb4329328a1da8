import { TLSSocket, type TLSSocketOptions } from 'node:tls';
import type { UpstreamTlsConfig } from '@malla/proxy-config';
import type { TlsInfo } from '../runtime/connection.ts';
import { socketOptions, type OpenSocketParams } from '../upstream/open-socket.ts';
import { PeerCheck, tlsInfo, type PeerRefusal } from './peer-check.ts';
import type { TlsContext, TlsContexts } from './tls-contexts.ts';

/** What one connection wants otherwise than its cluster. */
export interface ClientTlsOverrides {
  readonly serverName?: string | undefined;
  readonly verifyName?: string | undefined;
  readonly alpn?: readonly string[] | undefined;
}

/** What came of a handshake. */
export type ClientVerdict = { readonly info: TlsInfo; readonly resumed: boolean } | PeerRefusal;

/** TLS towards hosts of a cluster, or of a part of them. */
export interface ClientTls {
  /**
   * Begins to connect; the handshake follows, and `secure` tells its end. Nothing of the connection may be used before `verify`. Undefined while a secret is
   * missing: there must be no connection then.
   */
  open(params: OpenSocketParams, overrides: ClientTlsOverrides): TLSSocket | undefined;
  verify(socket: TLSSocket, overrides: ClientTlsOverrides): ClientVerdict;
}

export interface ClientTlsParams {
  readonly config: UpstreamTlsConfig;
  readonly contexts: TlsContexts;
  readonly now: () => number;
}

/** TLS of a cluster with the newest secrets. */
export function createClientTls(params: ClientTlsParams): ClientTls {
  return new ClusterTls(params);
}

class ClusterTls implements ClientTls {
  readonly #config: UpstreamTlsConfig;
  readonly #contexts: TlsContexts;
  readonly #check: PeerCheck;
  #version = -1;
  #context: TlsContext | undefined;
  readonly #own = new WeakMap<TLSSocket, TlsContext>();

  constructor({ config, contexts, now }: ClientTlsParams) {
    this.#config = config;
    this.#contexts = contexts;
    this.#check = new PeerCheck({
      validation: config.validation,
      // A server always shows one.
      required: true,
      certificates: contexts.certificates,
      now,
    });
  }

  open(params: OpenSocketParams, { serverName, alpn }: ClientTlsOverrides): TLSSocket | undefined {
    const context = this.#current();
    if (context === undefined) return undefined;
    const options = socketOptions(params);
    const protocols = alpn ?? this.#config.alpnProtocols;
    // Not tls.connect: it reads the whole chain into objects after each handshake, to compare a host name that nobody asked for.
    const tlsOptions: TLSSocketOptions & { readonly pipe: boolean } = {
      ...options,
      isServer: false,
      pipe: params.address.kind === 'pipe',
      secureContext: context.context,
      requestCert: true,
      rejectUnauthorized: false,
      ...(protocols.length > 0 && { ALPNProtocols: [...protocols] }),
    };
    const socket = new TLSSocket(undefined as never, tlsOptions);
    const name = serverName ?? this.#config.sni;
    if (name !== '') (socket as Startable).setServername(name);
    socket.connect(options, (socket as Startable)._start);
    this.#own.set(socket, context);
    return socket;
  }

  verify(socket: TLSSocket, { verifyName }: ClientTlsOverrides): ClientVerdict {
    const checked = this.#check.check(socket, verifyName);
    if ('failure' in checked) return checked;
    const own = this.#own.get(socket)?.own ?? { uriSans: [], subject: '' };
    return { info: tlsInfo(socket, own, checked.certificate), resumed: socket.isSessionReused() };
  }

  #current(): TlsContext | undefined {
    if (this.#version !== this.#contexts.version) {
      this.#context = this.#contexts.get(this.#config, 'client');
      this.#version = this.#contexts.version;
    }
    return this.#context;
  }
}

/** What `tls.connect` itself uses to begin the handshake once the connection stands. */
type Startable = TLSSocket & {
  setServername(name: string): void;
  readonly _start: () => void;
};
