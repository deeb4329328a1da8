/** How the connection to an API server is made. Equal material is the identical object. */
export interface KubeTls {
  /** PEM of the authorities of the server; those of Node.js if not set. */
  readonly ca?: string;
  /** PEM of a client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** Name that the certificate of the server must be for, if it is not that of its address. */
  readonly servername?: string;
  /** False only where the kubeconfig says `insecure-skip-tls-verify`. */
  readonly verify: boolean;
}

/** What proves who we are, at this moment. */
export interface KubeCredentials {
  readonly tls: KubeTls;
  /** Value of the header `authorization`; undefined where the client certificate is all. */
  readonly authorization?: string;
}

/** An API server, and how it knows us. */
export interface KubeAccess {
  /** Such as `https://10.96.0.1:443`; may have a path. No slash at the end. */
  readonly server: string;
  /** The namespace that this process runs in, or that the kubeconfig names; `default` otherwise. */
  readonly namespace: string;
  /** URL of an HTTP proxy on the way. */
  readonly proxyUrl?: string;
  /**
   * Asked for before each request: tokens are replaced while we run.
   * @throws MallaError `invalid` or `unavailable` if there are none
   */
  credentials(): Promise<KubeCredentials>;
  /** The server has refused the credentials (401): those that were kept are not used again. */
  refused(): void;
}
